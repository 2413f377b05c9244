"""Objects put and got by thousands: for each of them AWS's own client takes several times the CPU."""

import contextlib
import http.client
import urllib.parse

PATIENCE_SECONDS = 300


class Objects:
    """Of an emulator that asks nobody for rights. A connection for each: what stays open may be closed by the other side."""

    def __init__(self, endpoint):
        self.address = urllib.parse.urlsplit(endpoint).netloc

    def put(self, bucket, key, content):
        self.ask("PUT", bucket, key, content)

    def get(self, bucket, key):
        return self.ask("GET", bucket, key)

    def ask(self, method, bucket, key, content=None):
        place = f"/{bucket}/{urllib.parse.quote(key)}"
        with contextlib.closing(http.client.HTTPConnection(self.address, timeout=PATIENCE_SECONDS)) as connection:
            connection.request(method, place, content, {"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read()
        if answer.status != 200:
            raise OSError(f"{method} {place}: {answer.status} {body[:500]!r}")
        return body
