"""What the proxy reads and says is HTTP/1.1, wherever the network cuts it."""

import http.client
import http.server
import threading

import pytest
from proxy import Proxy
from wire import Messages

REQUESTS = (
    b"PUT /a?b=%20c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nseven"
    b"GET /empty HTTP/1.1\r\nHost:x\r\n\r\n"
    b"PUT /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\none\r\nA\r\n2\r\n\r\n89012\r\n0\r\n\r\n"
    b"PUT /trailers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n"
)
BODIES = [b"seven", b"", b"one2\r\n\r\n89012", b"x"]


@pytest.mark.parametrize("piece", range(1, 40))
def test_requests_are_the_same_in_pieces_of_any_size(piece):
    heard = []
    messages = Messages(heard.append, lambda _: True)
    for begin in range(0, len(REQUESTS), piece):
        messages.feed(REQUESTS[begin : begin + piece])
    assert [message.body for message in heard] == BODIES
    assert [message.first[1] for message in heard] == ["/a?b=%20c", "/empty", "/chunks", "/trailers"]


def test_an_answer_without_a_length_ends_with_its_connection():
    heard = []
    messages = Messages(heard.append, lambda _: True)
    messages.feed(b"HTTP/1.1 200 OK\r\n\r\nhalf and ")
    messages.feed(b"half")
    assert not heard and messages.end() and heard[0].body == b"half and half"
    messages.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    assert not messages.end(), "what was cut off is no answer"


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "1234")
        self.end_headers()

    def do_DELETE(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def asked():
    """A connection to a proxy before a server that is not ours, to be asked by a client that is not ours."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy = Proxy(f"http://127.0.0.1:{server.server_port}").start()
    yield http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20), proxy
    proxy.stop()
    server.shutdown()


def test_one_connection_is_asked_again_and_again(asked):
    connection, proxy = asked
    large = bytes(range(256)) * 10_000
    for body in (b"x", large, b"y"):
        connection.request("PUT", "/bucket/key", body)
        assert connection.getresponse().read() == body
        connection.request("HEAD", "/bucket/key")
        answer = connection.getresponse()
        assert (answer.read(), answer.headers["Content-Length"]) == (b"", "1234")
        connection.request("DELETE", "/bucket/key")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    connection.request("PUT", "/bucket/key", iter([b"in ", b"chunks"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert connection.getresponse().read() == b"in chunks"
    assert sum(proxy.calls.values()) == 10


def test_who_waits_to_be_told_to_go_on_is_told(asked):
    connection, _ = asked
    connection.connect()
    connection.sock.sendall(b"PUT /bucket/key HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    assert connection.sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sock.sendall(b"body")
    assert connection.sock.recv(1000).endswith(b"\r\n\r\nbody")


def test_what_a_rule_cannot_answer_is_cut_off_and_the_next_is_answered(asked):
    connection, proxy = asked

    async def fails_once(call, _):
        proxy.rules = {}
        raise ConnectionResetError

    proxy.rules = {"s3": fails_once}
    connection.request("PUT", "/bucket/key", b"x")
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()
    connection.request("PUT", "/bucket/key", b"x")
    assert connection.getresponse().read() == b"x"
