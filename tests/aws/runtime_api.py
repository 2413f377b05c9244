"""Lambda's side of a function: hands one event after another to a process, where an emulator has no functions."""

import http.server
import json
import queue
import subprocess
import threading
import time

from servers import end

# How long it takes to stop.
POLL_SECONDS = 0.02


class Function:
    def __init__(self, program, variables, folder, timeout=30):
        self.events, self.answers = queue.Queue(), queue.Queue()
        self.timeout = timeout
        # When it asked for its first event.
        self.ready_at = None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.server.daemon_threads = True
        # A function that is stopped breaks off its question.
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, args=[POLL_SECONDS], daemon=True).start()
        host = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": program.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/test",
            "AWS_LAMBDA_LOG_STREAM_NAME": "test",
        }
        self.log = folder / f"{program.name}.log"
        with self.log.open("wb") as log:
            # It ends by itself when nobody answers it any more.
            self.process = subprocess.Popen([program], env=host | variables, stdout=log, stderr=subprocess.STDOUT)

    def invoke(self, event):
        self.events.put(event)
        try:
            kind, answer = self.answers.get(timeout=self.timeout)
        except queue.Empty:
            raise TimeoutError(f"no answer within {self.timeout} seconds:\n{self.log.read_text()[-3000:]}") from None
        assert kind == "response", f"{answer}\n{self.log.read_text()[-3000:]}"
        return answer

    def stop(self):
        try:
            end(self.process)
        finally:
            # Whoever waits for the next event goes, too.
            self.events.put(None)
            self.server.shutdown()
            self.server.server_close()


def handler_of(function):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        number = 0

        def do_GET(self):
            function.ready_at = function.ready_at or time.perf_counter()
            event = function.events.get()
            if event is None:
                self.close_connection = True
                return
            Handler.number += 1
            headers = {
                "Lambda-Runtime-Aws-Request-Id": f"request-{Handler.number}",
                "Lambda-Runtime-Deadline-Ms": str(deadline_in(function.timeout)),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:test",
            }
            self.say(200, json.dumps(event).encode(), headers)

        def do_POST(self):
            kind = self.path.rpartition("/")[2]
            function.answers.put((kind, json.loads(self.body() or b"null")))
            self.say(202)

        def body(self):
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            read = b""
            while size := int(self.rfile.readline(), 16):
                read += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return read

        def say(self, status, body=b"", headers=None):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Nobody reads it."""

    return Handler


def deadline_in(seconds):
    return int((time.time() + seconds) * 1000)
