"""`python -m benchmarks.slow_sink 0.05`: a mail server that answers each email after so many seconds, all else at once.

In a process of its own and on one event loop, so that it costs its clients next to nothing but the wait. Prints its
port; on the end of its input how many emails came, and how many Message-IDs among them.
"""

import asyncio
import re
import sys

WAIT = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
SEEN: list[bytes] = []


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 slow.example.com\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"EHLO":
            writer.write(b"250-slow.example.com\r\n250 PIPELINING\r\n")
        elif verb == b"DATA":
            writer.write(b"354 go on\r\n")
            mail = await reader.readuntil(b"\r\n.\r\n")
            found = re.search(rb"^Message-ID: *(\S+)", mail, re.MULTILINE | re.IGNORECASE)
            SEEN.append(found[1] if found else b"")
            await asyncio.sleep(WAIT)
            writer.write(b"250 taken\r\n")
        else:
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            if verb == b"QUIT":
                break
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(len(SEEN), len(set(SEEN)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
