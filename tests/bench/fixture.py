#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes N distinct, valid modules of SIZE bytes, puts them with a signature of
the cosign key form into a registry, and writes what the bench needs of them.

usage: fixture.py REGISTRY REPO N SIZE KEY.pem DIR
DIR gets manifest.yaml (for wasmfn) and list (for the shell chain), a line each:
name, manifest digest, module digest.  Must only ever speak to loopback.
"""
import base64
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys

OCI = 'application/vnd.oci.image.manifest.v1+json'


def leb(n):
    out = b''
    while True:
        low, n = n & 127, n >> 7
        out += bytes([low | (128 if n else 0)])
        if not n:
            return out


def section(number, body):
    return bytes([number]) + leb(len(body)) + body


def module(i, size):
    """Exports f() -> i32, which gives i; padded by a custom section."""
    code = bytes([0x41]) + sleb(i) + bytes([0x0b])
    head = (b'\0asm\1\0\0\0' + section(1, b'\1\x60\0\1\x7f') + section(3, b'\1\0') +
            section(7, b'\1\1f\0\0') + section(10, b'\1' + leb(len(code) + 1) + b'\0' + code))
    pad = max(0, size - len(head) - 8)
    noise = hashlib.shake_256(b'%d' % i).digest(pad)
    return head + section(0, b'\3pad' + noise)


def sleb(n):
    out = b''
    while True:
        low, n = n & 127, n >> 7
        if n == 0 and not low & 64:
            return out + bytes([low])
        out += bytes([low | 128])


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


class Registry:
    def __init__(self, host):
        assert host.startswith('127.0.0.1:')
        self.http = http.client.HTTPConnection(host)
        self.http.connect()  # a request is two small writes
        self.http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method, path, body=b'', kind='application/octet-stream'):
        self.http.request(method, path, body, {'Content-Type': kind})
        answer = self.http.getresponse()
        answer.read()
        if answer.status not in (201, 202):
            sys.exit('%s %s: %d' % (method, path, answer.status))
        return answer.headers.get('Location', '')

    def blob(self, repo, data):
        at = self.ask('POST', '/v2/%s/blobs/uploads/' % repo)
        at = at[at.index('/v2/'):]
        self.ask('PUT', at + ('&' if '?' in at else '?') + 'digest=' + digest(data), data)

    def manifest(self, repo, tag, data):
        self.ask('PUT', '/v2/%s/manifests/%s' % (repo, tag), data, OCI)


def describe(kind, data, **more):
    return dict({'mediaType': kind, 'digest': digest(data), 'size': len(data)}, **more)


def main(host, repo, n, size, key, out):
    reg, config, entries, lines = Registry(host), b'{}', [], []
    os.makedirs(out, exist_ok=True)
    for i in range(int(n)):
        name, wasm = '%s/f%d' % (repo, i), module(i, int(size))
        doc = json.dumps({
            'schemaVersion': 2, 'mediaType': OCI,
            'config': describe('application/vnd.wasm.config.v0+json', config),
            'layers': [describe('application/wasm', wasm)]}).encode()
        reg.blob(name, config)
        reg.blob(name, wasm)
        reg.manifest(name, 'v1', doc)
        payload = json.dumps({'critical': {
            'identity': {'docker-reference': '%s/%s' % (host, name)},
            'image': {'docker-manifest-digest': digest(doc)},
            'type': 'cosign container image signature'}, 'optional': None},
            separators=(',', ':')).encode()
        sig = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', key], input=payload,
                             stdout=subprocess.PIPE, check=True).stdout
        rootfs = json.dumps({'architecture': '', 'os': '', 'config': {}, 'rootfs': {
            'type': 'layers', 'diff_ids': [digest(payload)]}}).encode()
        sig_doc = json.dumps({
            'schemaVersion': 2, 'mediaType': OCI,
            'config': describe('application/vnd.oci.image.config.v1+json', rootfs),
            'layers': [describe('application/vnd.dev.cosign.simplesigning.v1+json', payload,
                                annotations={'dev.cosignproject.cosign/signature':
                                             base64.b64encode(sig).decode()})]}).encode()
        reg.blob(name, rootfs)
        reg.blob(name, payload)
        reg.manifest(name, digest(doc).replace(':', '-') + '.sig', sig_doc)
        entries.append('- name: bench_%d\n  ref: %s/%s@%s\n  schema: wasm\n  export: f\n' %
                       (i, host, name, digest(doc)))
        lines.append('%s/%s %s %s\n' % (host, name, digest(doc), digest(wasm)))
    with open(out + '/manifest.yaml', 'w', encoding='ascii') as f:
        f.writelines(entries)
    with open(out + '/list', 'w', encoding='ascii') as f:
        f.writelines(lines)


if __name__ == '__main__':
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
