"""`python -m benchmarks.mail_server 0.05`: answers each email after so many seconds, and everything else at once.

In a process of its own, a thread for each connection, so that it costs its clients next to nothing but the wait: a
thread sleeps to a tenth of a millisecond, an event loop only to a whole one. Prints its port; for each line of input
how many emails came; at the end of its input when each of them came (as perf_counter counts), for whom, under which
Message-ID.
"""

import re
import socket
import sys
import threading
import time

WAIT = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
CAME: list[tuple[float, str, str]] = []

_recipient = re.compile(rb"<(.*?)>")
_message_id = re.compile(rb"^Message-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)


def serve(client: socket.socket) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    recipient = b""
    with client, client.makefile("rb") as lines:
        client.sendall(b"220 mail.example.com\r\n")
        while line := lines.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                client.sendall(b"250-mail.example.com\r\n250 PIPELINING\r\n")
            elif verb == b"DATA":
                client.sendall(b"354 go on\r\n")
                take(recipient, b"".join(iter(lines.readline, b".\r\n")))
                client.sendall(b"250 taken\r\n")
            elif verb == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            else:
                if verb == b"RCPT" and (found := _recipient.search(line)):
                    recipient = found[1]
                client.sendall(b"250 fine\r\n")


def take(recipient: bytes, mail: bytes) -> None:
    came = time.perf_counter()
    found = _message_id.search(mail)
    CAME.append((came, recipient.decode(), found[1].decode() if found else "-"))
    if WAIT:
        time.sleep(max(0.0, came + WAIT - time.perf_counter()))


def listen(server: socket.socket) -> None:
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=[client], daemon=True).start()


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        print(listening.getsockname()[1], flush=True)
        threading.Thread(target=listen, args=[listening], daemon=True).start()
        for _ in sys.stdin:
            print(len(CAME), flush=True)
        for mail in CAME:
            print(*mail)
