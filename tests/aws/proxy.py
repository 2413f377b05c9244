"""Stands between clients and the emulator: makes it as strict as AWS where it is not, and lets things go wrong."""

import asyncio
import collections
import dataclasses
import http
import json
import threading
import urllib.parse

import faults
from wire import WITHOUT_BODY, Serving, Upstream

HOP_BY_HOP = {"connection", "content-length", "expect", "host", "keep-alive", "transfer-encoding"}
TARGETS = {"AWSGlue": "glue", "AmazonAthena": "athena", "AmazonSQS": "sqs", "AWSEvents": "events", "Logs_20140328": "logs"}

XML = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>{}</Message></Error>'


@dataclasses.dataclass
class Call:
    """One request of a client."""

    method: str
    target: str
    headers: list
    body: bytes
    # Whether a rule has made another of it, which its signature does not fit any more.
    is_altered: bool = False

    def __post_init__(self):
        named = {name.lower(): value for name, value in self.headers}
        prefix, _, self.action = named.get("x-amz-target", "").partition(".")
        self.service = TARGETS.get(prefix) or self.service_of_path()

    def service_of_path(self):
        if self.target.startswith("/service/"):
            self.action = self.target.rpartition("/")[2]
            return "cloudwatch"
        return "lambda" if self.target.startswith("/2015-03-31/") else "s3"

    @property
    def json(self):
        return json.loads(self.body or b"{}")

    def asking(self, content):
        """The same request about something else."""
        return dataclasses.replace(self, body=json.dumps(content).encode(), is_altered=True)

    def at(self, target):
        """The same request of another place."""
        return dataclasses.replace(self, target=target, is_altered=True)


@dataclasses.dataclass
class Answer:
    status: int
    headers: list
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def saying(self, content):
        return self.of(json.dumps(content).encode())

    def of(self, body):
        return dataclasses.replace(self, body=body)


def said(content, status=200):
    return Answer(status, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(content).encode())


def refused(code, message, status=400):
    answer = said({"__type": code, "message": message, "Message": message}, status)
    answer.headers.append(("x-amzn-ErrorType", code))
    return answer


def refused_in_xml(code, message, status):
    return Answer(status, [("Content-Type", "application/xml")], XML.format(code, message).encode())


def slow_down(call):
    """How each service says that it is asked too much."""
    if call.service == "s3":
        return refused_in_xml("SlowDown", "Please reduce your request rate.", 503)
    if call.service == "athena":
        return refused("TooManyRequestsException", "Rate exceeded")
    return refused("ThrottlingException", "Rate exceeded")


def error(call):
    """How each service says that it is broken."""
    message = "We encountered an internal error. Please try again."
    if call.service == "s3":
        return refused_in_xml("InternalError", message, 500)
    return refused("InternalServiceException" if call.service == "glue" else "InternalServerException", message, 500)


REFUSALS = {faults.SLOW_DOWN: slow_down, faults.ERROR: error}


class Proxy:
    """Runs in a thread of its own. `rules` are asked by the name of the service that they stand for."""

    # Of a request, what is said anew to the emulator.
    left_out = HOP_BY_HOP

    def __init__(self, upstream, rules=None, port=0):
        self.upstream = urllib.parse.urlsplit(upstream)
        self.rules = rules or {}
        self.faults = faults.NONE
        self.calls = collections.Counter()
        self.port = port
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)

    def start(self):
        self.thread.start()
        if not self.ready.wait(20):
            raise TimeoutError("the proxy did not start within 20 seconds")
        return self

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join(20)

    async def serve(self):
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        self.server = Upstream(self.upstream.hostname, self.upstream.port)
        clients = set()
        listening = await self.loop.create_server(lambda: Serving(self.handle, clients), "127.0.0.1", self.port)
        self.port = listening.sockets[0].getsockname()[1]
        self.ready.set()
        await self.over.wait()
        listening.close()
        for client in list(clients):
            client.cut_off()
        self.server.close()

    async def handle(self, request, client):
        method, target, _ = request.first
        call = Call(method, target, request.headers, request.body)
        self.calls[call.service, call.action or call.method] += 1
        fault = self.faults.of(call)
        if fault in REFUSALS:
            return client.say(written(REFUSALS[fault](call), call.method))
        if fault == faults.LATE:
            await asyncio.sleep(faults.LATE_SECONDS)
        if fault == faults.HANG:
            await self.hang()
        if fault in (faults.RESET, faults.HANG):
            return client.cut_off()
        answer = await self.answered(call)
        if fault == faults.LOST:
            return client.cut_off()
        told = written(answer, call.method)
        if fault == faults.CUT:
            # Less than the headers say.
            client.say(told[: len(told) - (len(answer.body) + 1) // 2])
            return client.cut_off()
        return client.say(told)

    async def hang(self):
        try:
            await asyncio.wait_for(self.over.wait(), faults.HANG_SECONDS)
        except TimeoutError:
            return

    async def answered(self, call):
        rule = self.rules.get(call.service)
        return await (rule(call, self.forward) if rule else self.forward(call))

    async def forward(self, call):
        headers = [(name, value) for name, value in call.headers if name.lower() not in self.left_out]
        if "host" in self.left_out:
            headers.append(("Host", self.upstream.netloc))
        has_body = call.method not in ("GET", "HEAD")
        if has_body:
            headers.append(("Content-Length", len(call.body)))
        request = head(f"{call.method} {call.target} HTTP/1.1", headers) + (call.body if has_body else b"")
        answer = await self.server.ask(call.method, request)
        # A HEAD's length is that of what it does not carry.
        kept = HOP_BY_HOP - ({"content-length"} if call.method == "HEAD" else set())
        named = [(name, value) for name, value in answer.headers if name.lower() not in kept]
        return Answer(int(answer.first[1]), named, answer.body)


def written(answer, method):
    headers, body = answer.headers, answer.body
    if method == "HEAD":
        body = b""
    elif answer.status not in WITHOUT_BODY:
        headers = [*headers, ("Content-Length", len(body))]
    return head(f"HTTP/1.1 {answer.status} {http.HTTPStatus(answer.status).phrase}", headers) + body


def head(first, headers):
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
