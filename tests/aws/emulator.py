"""Starts MiniStack behind a server of our own.

The one that it comes with took three quarters of the emulator's processor: each request made it tasks, timers and events.
"""

import asyncio
import http
import signal
import time
import urllib.parse

import hypercorn.asyncio
from wire import WITHOUT_BODY, Serving

ASGI = {"version": "3.0", "spec_version": "2.3"}
PATIENCE = 10


class Life:
    """What an application does before its first request and after its last."""

    def __init__(self, app):
        self.app = app
        self.told = asyncio.Queue()
        self.heard = asyncio.Queue()

    async def begin(self):
        self.task = asyncio.create_task(self.app({"type": "lifespan", "asgi": ASGI, "state": {}}, self.told.get, self.heard.put))
        await self.tell("startup")

    async def end(self):
        await self.tell("shutdown")
        await asyncio.wait({self.task}, timeout=PATIENCE)

    async def tell(self, what):
        await self.told.put({"type": f"lifespan.{what}"})
        answer = await asyncio.wait_for(self.heard.get(), PATIENCE)
        if answer["type"] != f"lifespan.{what}.complete":
            raise RuntimeError(f"{what}: {answer}")


async def serve(app, config):
    life = Life(app)
    await life.begin()
    over, clients, loop = asyncio.Event(), set(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)

    async def handle(message, client):
        await answered(app, message, client)

    host, _, port = config.bind[0].rpartition(":")
    listening = await loop.create_server(lambda: Serving(handle, clients), host, int(port), backlog=config.backlog)
    await over.wait()
    listening.close()
    for client in list(clients):
        client.cut_off()
    await life.end()


async def answered(app, message, client):
    method, target, _ = message.first
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": ASGI,
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": urllib.parse.unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in message.headers],
        "client": client.transport.get_extra_info("peername"),
        "server": client.transport.get_extra_info("sockname"),
        "state": {},
        "extensions": {},
    }
    asked = [{"type": "http.request", "body": message.body, "more_body": False}]
    said = []

    async def receive():
        if asked:
            return asked.pop()
        await client.gone.wait()
        return {"type": "http.disconnect"}

    async def send(event):
        said.append(event)

    await app(scope, receive, send)
    client.say(written(method, said))


def written(method, said):
    begin, *parts = said
    status, headers = begin["status"], begin.get("headers", [])
    body = b"".join(part.get("body", b"") for part in parts)
    lines = [b"HTTP/1.1 %d %s" % (status, phrase(status)), *(bytes(name) + b": " + bytes(value) for name, value in headers)]
    named = {bytes(name).lower() for name, _ in headers}
    if b"content-length" not in named and method != "HEAD" and status not in WITHOUT_BODY:
        lines.append(b"content-length: %d" % len(body))
    if b"date" not in named:
        lines.append(b"date: " + time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()).encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if method == "HEAD" or status in WITHOUT_BODY else body)


def phrase(status):
    return http.HTTPStatus(status).phrase.encode() if status in set(http.HTTPStatus) else b"Unknown"


if __name__ == "__main__":
    hypercorn.asyncio.serve = serve
    from ministack.app import main

    main()
