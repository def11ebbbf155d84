"""`python -m benchmarks.slow_sink 0.05`: a mail server that answers each email after so many seconds, all else at once.

In a process of its own, a thread for each connection: a thread sleeps to a tenth of a millisecond, an event loop only
to a whole one. Prints its port; on the end of its input how many emails came, and how many Message-IDs among them.
"""

import re
import socket
import sys
import threading
import time

WAIT = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
SEEN: list[bytes] = []


def serve(client: socket.socket) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with client, client.makefile("rb") as lines:
        client.sendall(b"220 slow.example.com\r\n")
        while line := lines.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                client.sendall(b"250-slow.example.com\r\n250 PIPELINING\r\n")
            elif verb == b"DATA":
                client.sendall(b"354 go on\r\n")
                mail = b"".join(iter(lines.readline, b".\r\n"))
                answers_at = time.monotonic() + WAIT
                found = re.search(rb"^Message-ID: *(\S+)", mail, re.MULTILINE | re.IGNORECASE)
                SEEN.append(found[1] if found else b"")
                time.sleep(max(0.0, answers_at - time.monotonic()))
                client.sendall(b"250 taken\r\n")
            elif verb == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            else:
                client.sendall(b"250 fine\r\n")


def listen(server: socket.socket) -> None:
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=[client], daemon=True).start()


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        print(server.getsockname()[1], flush=True)
        threading.Thread(target=listen, args=[server], daemon=True).start()
        sys.stdin.read()
        print(len(SEEN), len(set(SEEN)), flush=True)
