#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A unix-socket relay before PostgreSQL that takes its time, as a network does:
what comes from either end is passed on MS / 2 later, in its order, so that a
round trip takes MS longer.  It must never change what it passes.

usage: pgdelay.py LISTEN SERVER MS
LISTEN.ready appears when it listens.
"""
import asyncio
import sys

listen_path, server_path, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 2000


async def pass_on(reader, writer):
    loop = asyncio.get_running_loop()

    def later(data):
        if writer.is_closing():
            return
        if data:
            writer.write(data)
        else:
            writer.close()

    data = b"x"
    while data:
        try:
            data = await reader.read(65536)
        except OSError:
            data = b""
        loop.call_later(delay, later, data)


async def serve(reader, writer):
    try:
        server_reader, server_writer = await asyncio.open_unix_connection(server_path)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pass_on(reader, server_writer), pass_on(server_reader, writer))


async def main():
    server = await asyncio.start_unix_server(serve, listen_path, backlog=128)
    with open(listen_path + ".ready", "w", encoding="ascii"):
        pass
    async with server:
        await server.serve_forever()


asyncio.run(main())
