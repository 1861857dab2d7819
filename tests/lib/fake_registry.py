#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves as a plan says, for fault injection and for the
referrers API, which docker-registry 2.8 has not.  It must never be used where
a real registry can show the same.

usage: fake_registry.py DIR [--origins N] [--tls CERT KEY]
                        [--client-ca CERT [--client-optional]]
  DIR/layout  an OCI layout: its blobs are served, its index names the tags
  DIR/plan    JSON, read at each request (see below); missing: behave well
  DIR/log     one JSON line a request: origin, method, path, headers, client
              (common name of the certificate that was shown)
  DIR/ports   written when all origins listen: one host:port a line

plan: {"referrers": bool,        the referrers API exists (default: it does not)
       "page": N,                entries a page of it
       "auth": {"kind": "basic"|"bearer", "user", "password", "realm",
                "token", "expires_in"},   realm "" is /token of origin 0
       "rules": [{"match": RE of the path, "origin": N, "times": N,
                  "status": N, "headers": {}, "body": TEXT, "file": PATH,
                  "repeat": N (the body that often), "length": N
                  (Content-Length that is a lie), "chunked": bool,
                  "cut": N (close after N bytes), "stall": N (after N bytes),
                  "drop": bool (close without an answer),
                  "together": N (wait until N requests wait here, then answer
                  as if there were no rule; 503 after 10 s alone)}]}
{originN} in header values and bodies becomes http://host:port.
"""
import base64
import hashlib
import json
import os
import re
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class State:
    def __init__(self, top):
        self.top = top
        self.lock = threading.Lock()
        self.used = {}
        self.barriers = {}
        self.origins = []
        self.scheme = "http"

    def plan(self):
        try:
            with open(os.path.join(self.top, "plan"), encoding="utf-8") as f:
                return json.load(f)
        except FileNotFoundError:
            return {}

    def log(self, entry):
        with self.lock, open(os.path.join(self.top, "log"), "a", encoding="utf-8") as f:
            f.write(json.dumps(entry) + "\n")

    def rule(self, origin, path):
        for rule in self.plan().get("rules", []):
            if rule.get("origin", origin) != origin or not re.search(rule["match"], path):
                continue
            key = json.dumps(rule, sort_keys=True)
            with self.lock:
                if self.used.get(key, 0) >= rule.get("times", 1 << 30):
                    continue
                self.used[key] = self.used.get(key, 0) + 1
            return rule
        return None

    def together(self, rule):
        """True when as many as the rule says have met here."""
        key = json.dumps(rule, sort_keys=True)
        with self.lock:
            barrier = self.barriers.setdefault(key, threading.Barrier(rule["together"]))
        try:
            barrier.wait(10)
            return True
        except threading.BrokenBarrierError:
            return False

    def fill(self, text):
        for i, name in enumerate(self.origins):
            text = text.replace("{origin%d}" % i, "%s://%s" % (self.scheme, name))
        return text

    def blob(self, digest):
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            return None
        try:
            with open(os.path.join(self.top, "layout/blobs/sha256", digest[7:]), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def index(self):
        with open(os.path.join(self.top, "layout/index.json"), encoding="utf-8") as f:
            return json.load(f)["manifests"]

    def tagged(self, tag):
        for d in self.index():
            if d.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag:
                return self.blob(d["digest"])
        return None

    def referrers(self, subject):
        found = []
        for d in self.index():
            m = json.loads(self.blob(d["digest"]) or b"{}")
            if m.get("subject", {}).get("digest") == subject or \
                    d.get("annotations", {}).get("test.referrer-of") == subject:
                found.append({"mediaType": d["mediaType"], "digest": d["digest"],
                              "size": d["size"],
                              **({"artifactType": m["artifactType"]} if "artifactType" in m else {})})
        return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", kind="application/json", headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for k, v in (headers or {}).items():
            self.send_header(k, v)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code, headers=None):
        body = json.dumps({"errors": [{"code": code, "message": "fake"}]}).encode()
        self.answer(status, body, headers=headers)

    def obey(self, rule):
        """One rule: every way to answer badly."""
        st = self.server.state
        if rule.get("drop"):
            self.close_connection = True
            return
        body = st.fill(rule.get("body", "")).encode("utf-8", "surrogateescape")
        if "file" in rule:
            with open(rule["file"], "rb") as f:
                body = f.read()
        times = rule.get("repeat", 1)
        self.send_response(rule.get("status", 200))
        for k, v in rule.get("headers", {}).items():
            for one in v if isinstance(v, list) else [v]:
                self.send_header(k, st.fill(one))
        if rule.get("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(rule.get("length", len(body) * times)))
        self.end_headers()
        sent = 0
        for _ in range(times):
            piece = body
            for stop in ("cut", "stall"):
                if stop in rule and sent + len(piece) > rule[stop]:
                    piece = piece[:rule[stop] - sent]
            if rule.get("chunked"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            else:
                self.wfile.write(piece)
            self.wfile.flush()
            sent += len(piece)
            if "cut" in rule and sent >= rule["cut"]:
                self.close_connection = True
                return
            if "stall" in rule and sent >= rule["stall"]:
                while not self.server.ending.is_set():
                    time.sleep(0.05)
                self.close_connection = True
                return
        if rule.get("chunked"):
            self.wfile.write(b"0\r\n\r\n")
        elif rule.get("length", 0) > sent:
            self.close_connection = True

    def login_ok(self, auth):
        want = "Basic " + base64.b64encode(
            ("%s:%s" % (auth["user"], auth["password"])).encode()).decode()
        return self.headers.get("Authorization") == want

    def token(self, auth, query):
        if auth.get("user") and not self.login_ok(auth):
            return self.error(401, "UNAUTHORIZED")
        if query.get("scope") != ["repository:fn/a:pull"] and "any_scope" not in auth:
            return self.error(400, "BAD_SCOPE")
        return self.answer(200, json.dumps({
            "token": auth["token"], "expires_in": auth.get("expires_in", 300)}).encode())

    def challenge(self, auth):
        """True when the request may pass."""
        st = self.server.state
        if auth["kind"] == "basic":
            if self.login_ok(auth):
                return True
            self.error(401, "UNAUTHORIZED", {"WWW-Authenticate": 'Basic realm="fake"'})
            return False
        if self.headers.get("Authorization") == "Bearer " + auth["token"]:
            return True
        realm = st.fill(auth.get("realm") or "{origin0}/token")
        self.error(401, "UNAUTHORIZED", {
            "WWW-Authenticate": 'Bearer realm="%s",service="fake, inc",'
                                'scope="repository:fn/a:pull,push"' % realm})
        return False

    def page(self, plan, subject, query):
        found = self.server.state.referrers(subject)
        size = plan.get("page", len(found) or 1)
        at = int(query.get("at", ["0"])[0])
        headers = {}
        if at + size < len(found):
            headers["Link"] = '<%s?at=%d>; rel="next"' % (urlsplit(self.path).path, at + size)
        body = json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                           "manifests": found[at:at + size]}).encode()
        self.answer(200, body, INDEX, headers)

    def serve(self, plan, path, query):
        st = self.server.state
        m = re.fullmatch(r"/v2/(.+)/(manifests|blobs|referrers)/([^/]+)", path)
        if not m:
            return self.answer(404, b"404 page not found\n", "text/plain")
        kind, what = m.group(2), m.group(3)
        if kind == "referrers":
            if not plan.get("referrers"):
                return self.answer(404, b"404 page not found\n", "text/plain")
            return self.page(plan, what, query)
        body = st.blob(what) if what.startswith("sha256:") else st.tagged(what)
        if body is None:
            return self.error(404, "MANIFEST_UNKNOWN" if kind == "manifests" else "BLOB_UNKNOWN")
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if kind == "blobs" and start and int(start.group(1)) < len(body):
            at = int(start.group(1))
            return self.answer(206, body[at:], "application/octet-stream", {
                "Content-Range": "bytes %d-%d/%d" % (at, len(body) - 1, len(body))})
        kind = "application/octet-stream" if kind == "blobs" else \
            json.loads(body).get("mediaType", MANIFEST)
        return self.answer(200, body, kind, {"Docker-Content-Digest": digest})

    def client_name(self):
        if not isinstance(self.connection, ssl.SSLSocket):
            return None
        names = dict(x[0] for x in (self.connection.getpeercert() or {}).get("subject", ()))
        return names.get("commonName")

    def handle_any(self):
        st = self.server.state
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length).decode() if length else ""
        url = urlsplit(self.path)
        st.log({"origin": self.server.number, "method": self.command,
                "client": self.client_name(),
                "path": self.path, "body": sent,
                "headers": {k.lower(): v for k, v in self.headers.items()}})
        rule = st.rule(self.server.number, self.path)
        if rule and "together" in rule:
            if not st.together(rule):
                return self.error(503, "ALONE")
        elif rule:
            return self.obey(rule)
        plan = st.plan()
        auth = plan.get("auth")
        query = parse_qs(url.query or sent)
        if url.path == "/token" and auth:
            return self.token(auth, query)
        if auth and self.server.number == 0 and not self.challenge(auth):
            return None
        return self.serve(plan, url.path, query)

    do_GET = do_HEAD = do_POST = handle_any


def main():
    top, args = sys.argv[1], sys.argv[2:]
    origins = int(args[args.index("--origins") + 1]) if "--origins" in args else 1
    state = State(top)
    ending = threading.Event()
    servers = []
    for i in range(origins):
        s = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        s.daemon_threads = True
        s.state, s.number, s.ending = state, i, ending
        if "--tls" in args:
            k = args.index("--tls")
            ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            ctx.load_cert_chain(args[k + 1], args[k + 2])
            if "--client-ca" in args:
                ctx.load_verify_locations(args[args.index("--client-ca") + 1])
                ctx.verify_mode = ssl.CERT_OPTIONAL if "--client-optional" in args \
                    else ssl.CERT_REQUIRED
            s.socket = ctx.wrap_socket(s.socket, server_side=True)
            state.scheme = "https"
        servers.append(s)
        state.origins.append("127.0.0.1:%d" % s.server_address[1])
    with open(os.path.join(top, "ports.new"), "w", encoding="utf-8") as f:
        f.write("\n".join(state.origins) + "\n")
    os.rename(os.path.join(top, "ports.new"), os.path.join(top, "ports"))
    for s in servers[1:]:
        threading.Thread(target=s.serve_forever, daemon=True).start()
    try:
        servers[0].serve_forever()
    finally:
        ending.set()


if __name__ == "__main__":
    main()
