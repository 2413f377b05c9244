"""HTTP/1.1 as far as a proxy needs it: whole messages, and connections that are kept.

Half of what tests on AWS's APIs computed was a framework for this, so it is written out.
"""

import asyncio
import collections
import dataclasses
import time
import traceback

END_OF_HEAD = b"\r\n\r\n"
WITHOUT_BODY = (204, 304)
# The emulator closes what was idle for 75 seconds.
KEPT_SECONDS = 30


@dataclasses.dataclass
class Message:
    """A request or an answer; `first` are the three words of its first line."""

    first: list
    headers: list
    body: bytes = b""

    def named(self, name):
        return next((value for given, value in self.headers if given.lower() == name), "")


class Messages:
    """Cuts what comes over a connection into messages. `on_head` hears of each before its body is there."""

    def __init__(self, on_message, on_head):
        self.on_message = on_message
        self.on_head = on_head
        self.bytes = bytearray()
        self.begin()

    def begin(self):
        self.message = None
        self.length = None
        self.chunks = None

    def feed(self, data):
        self.bytes += data
        while self.advanced():
            pass

    def advanced(self):
        if self.message is None:
            return self.head_read()
        if self.chunks is not None:
            return self.chunk_read()
        if self.length is None or len(self.bytes) < self.length:
            return False
        self.finish(self.taken(self.length))
        return True

    def head_read(self):
        end = self.bytes.find(END_OF_HEAD)
        if end < 0:
            return False
        first, *lines = self.taken(end + len(END_OF_HEAD))[: -len(END_OF_HEAD)].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        self.message = Message(first.split(" ", 2), [(name, value.strip()) for name, _, value in pairs])
        has_body = self.on_head(self.message)
        if has_body and "chunked" in self.message.named("transfer-encoding").lower():
            self.chunks = []
        elif has_body:
            length = self.message.named("content-length")
            # An answer that does not say how long it is ends with its connection.
            self.length = int(length) if length else (None if self.message.first[0].startswith("HTTP/") else 0)
        else:
            self.length = 0
        return True

    def chunk_read(self):
        end = self.bytes.find(b"\r\n")
        if end < 0:
            return False
        size = int(bytes(self.bytes[:end]).partition(b";")[0], 16)
        if size == 0:
            return self.trailers_read(end)
        if len(self.bytes) < end + size + 4:
            return False
        self.chunks.append(self.taken(end + size + 4)[end + 2 : -2])
        return True

    def trailers_read(self, end):
        # Without trailers the last line's end is the first half of the empty one that follows.
        finish = self.bytes.find(END_OF_HEAD, end)
        if finish < 0:
            return False
        self.taken(finish + len(END_OF_HEAD))
        self.finish(b"".join(self.chunks))
        return True

    def taken(self, count):
        taken = bytes(self.bytes[:count])
        del self.bytes[:count]
        return taken

    def finish(self, body):
        message = dataclasses.replace(self.message, body=body)
        self.begin()
        self.on_message(message)

    def end(self):
        """The connection is over. Says whether that was the end of a message."""
        if self.message is None or self.length is not None or self.chunks is not None:
            return False
        self.finish(self.taken(len(self.bytes)))
        return True


class Serving(asyncio.Protocol):
    """One client. Its requests are handled one after the other, also when it does not wait for the answers."""

    def __init__(self, handle, open_ones):
        self.handle = handle
        self.open_ones = open_ones
        self.messages = Messages(self.asked, self.told)
        self.waiting = collections.deque()
        self.work = None
        self.gone = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport
        self.open_ones.add(self)

    def connection_lost(self, _):
        self.open_ones.discard(self)
        self.gone.set()

    def data_received(self, data):
        try:
            self.messages.feed(data)
        except ValueError:
            self.cut_off()

    def told(self, message):
        if message.named("expect").lower() == "100-continue":
            self.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def asked(self, message):
        self.waiting.append(message)
        if self.work is None:
            self.work = asyncio.get_running_loop().create_task(self.answer())

    async def answer(self):
        while self.waiting:
            message = self.waiting.popleft()
            try:
                await self.handle(message, self)
            except ConnectionResetError:
                # The client was killed while it asked, or nobody answered.
                self.cut_off()
            except Exception:
                traceback.print_exc()
                self.cut_off()
            if message.named("connection").lower() == "close":
                self.transport.close()
        self.work = None

    def say(self, data):
        if not self.transport.is_closing():
            self.transport.write(data)

    def cut_off(self):
        """Nothing more is said on this connection."""
        self.transport.abort()


class Asking(asyncio.Protocol):
    """A connection to a server, for one request at a time."""

    def __init__(self):
        self.messages = Messages(self.answered, self.told)
        self.is_open = True
        self.answer = None
        self.idle_since = 0

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        self.is_open = False
        if self.answer and not self.answer.done() and not self.messages.end():
            self.answer.set_exception(ConnectionResetError("the server closed the connection"))

    def data_received(self, data):
        try:
            self.messages.feed(data)
        except ValueError:
            self.transport.abort()

    def told(self, message):
        status = int(message.first[1])
        return self.may_have_body and status >= 200 and status not in WITHOUT_BODY

    def answered(self, message):
        if message.first[1].startswith("1"):
            return
        if message.named("connection").lower() == "close":
            self.is_open = False
            self.transport.close()
        if not self.answer.done():
            self.answer.set_result(message)

    async def ask(self, method, request):
        self.may_have_body = method != "HEAD"
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


class Upstream:
    """Asks one server over as many connections as there are requests under way."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.idle = []

    async def ask(self, method, request):
        connection = self.kept() or await self.connected()
        try:
            return await connection.ask(method, request)
        finally:
            # Who was interrupted leaves an answer behind that nobody may take for another.
            if connection.is_open and connection.answer.done() and not connection.answer.cancelled():
                connection.idle_since = time.monotonic()
                self.idle.append(connection)
            else:
                connection.transport.abort()

    def kept(self):
        while self.idle:
            connection = self.idle.pop()
            if connection.is_open and time.monotonic() - connection.idle_since < KEPT_SECONDS:
                return connection
            connection.transport.abort()
        return None

    async def connected(self):
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Asking, self.host, self.port)
        return connection

    def close(self):
        for connection in self.idle:
            connection.transport.abort()
