#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A unix-socket proxy before PostgreSQL that does one thing, once, when the
client sends bytes with PATTERN in them.  It must never change what it passes.

usage: pgproxy.py LISTEN SERVER MODE PATTERN FLAG [SKIP]
MODE  drop    nothing of it reaches the server; both ends are closed
      cut     the same, but each time
      deaf    the server gets it and answers, the client sees the end instead
      hold    FLAG.held appears; passed on when FLAG.go does
      none    passes everything
PATTERN may have \\x00 in it: 'COMMIT\\x00' is the statement, not READ COMMITTED.
SKIP (0): so many times it passes what it waits for.
FLAG.ready appears when it listens.
"""
import os
import select
import socket
import sys
import threading
import time

listen_path, server_path, mode, pattern, flag = sys.argv[1:6]
pattern = pattern.encode().decode("unicode_escape").encode("latin-1")
once = threading.Semaphore(int(sys.argv[6]) + 1 if len(sys.argv) > 6 else 1)
last = threading.Semaphore(int(sys.argv[6]) if len(sys.argv) > 6 else 0)


def touch(suffix):
    with open(flag + suffix, "w", encoding="ascii"):
        pass


def trigger(client, server, data):
    """True when the connection has ended."""
    if mode in ("drop", "cut"):
        return True
    if mode == "deaf":
        server.sendall(data)
        # the answer is read, so that the server has surely done it
        select.select([server], [], [], 30)
        server.recv(65536)
        return True
    touch(".held")
    while not os.path.exists(flag + ".go"):
        # a client that dies while it is held takes its server side along
        ready, _, _ = select.select([client], [], [], 0.02)
        if ready and not client.recv(1, socket.MSG_PEEK):
            return True
    try:
        server.sendall(data)
    except OSError:
        return True
    return False


def serve(client):
    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(server_path)
    except OSError:
        client.close()
        return
    ends = {client: server, server: client}
    while True:
        ready, _, _ = select.select(list(ends), [], [])
        for end in ready:
            try:
                data = end.recv(65536)
                if not data:
                    raise OSError
                if (end is client and mode != "none" and pattern in data
                        and (mode == "cut" or once.acquire(False) and not last.acquire(False))):
                    if trigger(client, server, data):
                        raise OSError
                else:
                    ends[end].sendall(data)
            except OSError:
                client.close()
                server.close()
                return


def main():
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(listen_path)
    os.chmod(listen_path, 0o777)
    sock.listen(16)
    touch(".ready")
    while True:
        client, _ = sock.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
        time.sleep(0)


main()
