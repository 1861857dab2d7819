#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pooler in transaction mode before PostgreSQL, as small as it gets: each
client has two server sessions behind it and every transaction gets the other
one, so that whatever is set outlives no transaction.  It answers the startup
with a process number of its own, as poolers do.

usage: pgpooler.py LISTEN SERVER FLAG
FLAG.ready appears when it listens.  Trust authentication only.
"""
import os
import socket
import struct
import sys
import threading

listen_path, server_path, flag = sys.argv[1:4]


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise OSError
        data += more
    return data


def message(sock):
    head = exactly(sock, 5)
    return head + exactly(sock, struct.unpack(">I", head[1:])[0] - 4)


def until_ready(server, sink):
    """Passes messages on up to ReadyForQuery; True: outside a transaction."""
    while True:
        m = message(server)
        if m[:1] == b"K":
            m = m[:5] + struct.pack(">I", 1) + m[9:]
        if sink:
            sink.sendall(m)
        if m[:1] == b"Z":
            return m[5:6] == b"I"
        if m[:1] == b"E" and not sink:
            raise OSError


def serve(client):
    servers = []
    try:
        head = exactly(client, 4)
        startup = head + exactly(client, struct.unpack(">I", head)[0] - 4)
        if startup[4:8] == struct.pack(">I", 80877102):  # a cancel: nobody's
            return
        for i in range(2):
            servers.append(socket.socket(socket.AF_UNIX))
            servers[i].connect(server_path)
            servers[i].sendall(startup)
            until_ready(servers[i], client if i == 0 else None)
        at = 0
        while True:
            m = message(client)
            if m[:1] == b"X":
                return
            servers[at].sendall(m)
            # a simple query and a Sync end what is sent
            if m[:1] in b"QS" and until_ready(servers[at], client):
                at = 1 - at
    except OSError:
        pass
    finally:
        for s in servers + [client]:
            s.close()


def main():
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(listen_path)
    os.chmod(listen_path, 0o777)
    sock.listen(16)
    with open(flag + ".ready", "w", encoding="ascii"):
        pass
    while True:
        client, _ = sock.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
