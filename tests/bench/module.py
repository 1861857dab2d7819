#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one valid core module of about SIZE bytes, nine tenths of it code of
the kind compilers make, and the rest data.

usage: module.py SIZE FILE
"""
import random
import sys


def leb(n):
    out = b''
    while True:
        low, n = n & 127, n >> 7
        out += bytes([low | (128 if n else 0)])
        if not n:
            return out


def section(number, body):
    return bytes([number]) + leb(len(body)) + body


def vec(items):
    return leb(len(items)) + b''.join(items)


def step(rnd, funcs):
    """Instructions that take nothing from the stack and leave nothing on it."""
    local, offset = bytes([rnd.randrange(6)]), leb(rnd.choice((0, 4, 8, 12, 400, 70000)))
    return rnd.choice((
        lambda: b'\x20' + local + b'\x41' + leb(rnd.randrange(64)) + b'\x6a\x21' + local,
        lambda: b'\x20' + local + b'\x28\x02' + offset + b'\x21\x00',
        lambda: b'\x20' + local + b'\x20\x01\x36\x02' + offset,
        lambda: b'\x10' + leb(rnd.randrange(funcs)),
        lambda: b'\x02\x40\x20' + local + b'\x45\x0d\x00\x20\x00\x41\x01\x6b\x21\x00\x0b',
        lambda: b'\x23\x00\x41\x10\x6b\x24\x00',
        lambda: b'\x20' + local + b'\x04\x40\x20\x02\x41\x7f\x73\x21\x02\x05\x41\x00\x21\x03\x0b',
    ))()


def main():
    size, path = int(sys.argv[1]), sys.argv[2]
    rnd = random.Random(20261121)
    funcs = max(1, size // 600)
    share = size * 9 // 10 // funcs
    steps = [step(rnd, funcs) for _ in range(4096)]
    bodies = []
    for _ in range(funcs):
        body = b'\x01\x06\x7f'
        while len(body) < share:
            body += rnd.choice(steps)
        body += b'\x0b'
        bodies.append(leb(len(body)) + body)
    data = b'\x00\x41\x00\x0b'
    blob = rnd.randbytes(size // 10)
    with open(path, 'wb') as out:
        out.write(b'\0asm\1\0\0\0' + section(1, vec([b'\x60\x00\x00'])) +
                  section(3, leb(funcs) + b'\0' * funcs) +
                  section(5, vec([b'\x01' + leb(64) + leb(256)])) +
                  section(6, vec([b'\x7f\x01\x41\x80\x80\xc0\x00\x0b'])) +
                  section(7, vec([b'\x01f\x00\x00'])) + section(10, vec(bodies)) +
                  section(11, vec([data + leb(len(blob)) + blob])))


if __name__ == '__main__':
    main()
