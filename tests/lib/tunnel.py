#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy that answers CONNECT to whatever name with one host.  It must never
be told a name that it looks up.

usage: tunnel.py DIR HOST:PORT
  DIR/port  written when it listens: host:port
  DIR/log   one JSON line a CONNECT: name, headers
"""
import json
import os
import socket
import sys
import threading


def relay(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    except OSError:
        pass
    finally:
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(client, top, to):
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(4096)
        if not more:
            return
        head += more
    lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")
    verb, name = lines[0].split(" ")[:2]
    with open(os.path.join(top, "log"), "a", encoding="utf-8") as f:
        f.write(json.dumps({"verb": verb, "connect": name, "headers": lines[1:]}) + "\n")
    if verb != "CONNECT":
        client.sendall(b"HTTP/1.1 405 no\r\nContent-Length: 0\r\n\r\n")
        client.close()
        return
    host, port = to.rsplit(":", 1)
    server = socket.create_connection((host, int(port)))
    client.sendall(b"HTTP/1.1 200 ok\r\n\r\n")
    threading.Thread(target=relay, args=(server, client), daemon=True).start()
    relay(client, server)


def main():
    top, to = sys.argv[1:]
    os.makedirs(top)
    s = socket.create_server(("127.0.0.1", 0))
    with open(os.path.join(top, "port.new"), "w", encoding="utf-8") as f:
        f.write("127.0.0.1:%d\n" % s.getsockname()[1])
    os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
    while True:
        client, _ = s.accept()
        threading.Thread(target=serve, args=(client, top, to), daemon=True).start()


if __name__ == "__main__":
    main()
