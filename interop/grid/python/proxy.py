"""A proxy that writes down what goes through it, and refuses the first of some requests, which are then repeated."""

import json
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Recorded(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: str
    body: str
    refused: bool

    @property
    def rpc_method(self):
        return json.loads(self.body)["method"] if self.method == "POST" and self.path.startswith("/a2a/") else None

    @property
    def payload(self):
        """What its signature is over, with the signature; None for a request that carries none."""
        if self.query:
            return dict(parse_qsl(self.query, keep_blank_values=True, strict_parsing=True))
        if self.rpc_method is not None:
            return json.loads(self.body)["params"]
        return json.loads(self.body) if self.body else None


class RecordingProxy:
    """Listens before a server. `refuses` says of a request whether its first attempt is answered with 503."""

    def __init__(self, server_url, refuses):
        self.requests = []
        target = urlsplit(server_url).netloc
        lock = threading.Lock()
        refused = set()
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with lock:
                    request = Recorded(self.command, url.path, url.query, body.decode(), False)
                    kind = (request.method, request.path, request.rpc_method)
                    again = refuses(request) and kind not in refused
                    refused.add(kind)
                    requests.append(request._replace(refused=again))
                if again:
                    self.send_response(503)
                    self.send_header("retry-after", "0")
                    self.send_header("content-length", "0")
                    self.end_headers()
                    return
                upstream = HTTPConnection(target, timeout=20)
                try:
                    headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
                    upstream.request(self.command, self.path, body or None, headers)
                    self.answer(upstream.getresponse())
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    upstream.close()

            def answer(self, answer):
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in NOT_PASSED_ON:
                        self.send_header(name, value)
                self.send_header("connection", "close")
                self.end_headers()
                self.close_connection = True
                while chunk := answer.read1():
                    self.wfile.write(chunk)
                    self.wfile.flush()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # A stream ends only when its server does.
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def stop(self):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
