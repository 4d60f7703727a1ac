"""A small HTTP server on loopback that answers as a test's functions say, and goes wrong on schedule.

    routes = {r"/things/(\\d+)": lambda request: {"id": request.groups[0]}}
    with serving(routes, [Fault("too_many_requests", seconds=3), Fault("cut")]) as server:
        Api("src", server.url, sleep=slept.append, timeout_seconds=TIMEOUT_SECONDS).get("things/7")

**Routes** map a regular expression for the whole path (without query) to a function from a `Request` to what is
answered: a `Reply`, or anything else as JSON with status 200. What no route matches gets status 404, a function that
raises ROUTE_FAILED. A route sees the method and the body (`request.json()`) of a POST or PUT. `request.base` is the
server's address, to write links with; `recording` serves a recorded body with its host replaced by that address.

**Faults** are consumed one a request, in the order of arrival; when they are used up, or for `Fault("none")`, the
route's answer is sent. A request that is refused for being one too many, or is unheard, does not reach its route; all
others do, so that what they ask for is carried out, and only the answer is lost. The kinds:

    none                     the route's answer
    too_many_requests        429; Retry-After in seconds, or none at all when `seconds` is None
    too_many_requests_until  429; Retry-After as an HTTP date, `seconds` from now on the server's clock
    secondary_limit          GitHub's 403 whose body speaks of a secondary rate limit; Retry-After as above
    limit_used_up            GitHub's 403 with X-RateLimit-Remaining: 0 and the reset `seconds` from now
    500, 502, 503            that status with an HTML body; Retry-After when `seconds` is given
    slow                     no answer within SLOW_SECONDS, which is more than the client should wait
    closed                   the connection is closed without an answer
    unheard                  the same, before the request reached its route
    cut                      the connection is closed in the middle of the route's answer
    half_json                the first half of the route's answer, with a Content-Length that fits it
    repeat                   the answer given before on this path (the route's answer, when there was none)

`skew_seconds` sets the server's clock wrong: its Date header, and every time that it computes from it. `FAILURES` are
the kinds that the client must try again; `schedules()` is a hypothesis strategy of schedules that a client with
`in_a_row + 1` attempts gets through.
"""

import json
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from hypothesis import strategies as st

TIMEOUT_SECONDS = 0.4
"""What a client under test should wait for an answer, and less than SLOW_SECONDS."""
SLOW_SECONDS = 2 * TIMEOUT_SECONDS
ROUTE_FAILED = 418

Kind = Literal[
    "none",
    "too_many_requests",
    "too_many_requests_until",
    "secondary_limit",
    "limit_used_up",
    "500",
    "502",
    "503",
    "slow",
    "closed",
    "unheard",
    "cut",
    "half_json",
    "repeat",
]
NOT_CARRIED_OUT: tuple[Kind, ...] = (
    "too_many_requests",
    "too_many_requests_until",
    "secondary_limit",
    "limit_used_up",
    "unheard",
)
FAILURES: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind not in ("none", "repeat"))


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request; see the top of the module."""

    kind: Kind = "none"
    seconds: float | None = None
    skew_seconds: float = 0.0


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names are in lower case, `groups` are those of the route's pattern. Of a name
    that comes several times `query` has the last value, `pairs` has all.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base: str
    groups: tuple[str, ...] = ()
    body: bytes = b""
    pairs: tuple[tuple[str, str], ...] = ()

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer; `body` is JSON unless it is bytes (sent as they are) or None (nothing is sent)."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body).encode()


Route = Callable[[Request], Any]


def recording(text: str | Path, host: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Route:
    """Serves a recorded body, with the links to `host` (scheme and host as recorded) made links to the server."""
    recorded = text.read_text("utf-8") if isinstance(text, Path) else text
    return lambda request: Reply(recorded.replace(host, request.base).encode(), status, headers or {})


class ApiServer:
    """A running server: its `url`, the `requests` it has seen, and what it will answer."""

    def __init__(self, routes: Mapping[str, Route], faults: Sequence[Fault] = ()) -> None:
        self.requests: list[Request] = []
        self.open: set[socket.socket] = set()
        self.closing = Event()
        self._lock = Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = False
        self._http.api = self  # type: ignore[attr-defined]
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self.serve(routes, faults)
        self._thread.start()

    def serve(self, routes: Mapping[str, Route], faults: Sequence[Fault] = ()) -> None:
        """From now on answer by `routes` and go wrong by `faults`; what was seen and answered is forgotten."""
        with self._lock:
            self._routes = [(re.compile(pattern), route) for pattern, route in routes.items()]
            self._faults = deque(faults)
            self._answered: dict[str, Reply] = {}
            self.requests.clear()

    def fail(self, faults: Sequence[Fault]) -> None:
        """Go wrong by `faults` after those that are left; what was seen and answered is remembered."""
        with self._lock:
            self._faults.extend(faults)

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._http.server_close()
        self._thread.join()

    def answer(self, request: Request) -> tuple[Reply, Fault]:
        """The route's answer to `request` (or the one before, for a repeat), and the fault that befalls it."""
        with self._lock:
            fault = self._faults.popleft() if self._faults else Fault()
            matches = ((pattern.fullmatch(request.path), route) for pattern, route in self._routes)
            match, route = next((pair for pair in matches if pair[0]), (None, _nothing_there))
            request = Request(**(vars(request) | {"groups": match.groups() if match else ()}))
            self.requests.append(request)
            if fault.kind == "repeat" and request.path in self._answered:
                return self._answered[request.path], fault
        if fault.kind in NOT_CARRIED_OUT:
            return Reply(), fault
        try:
            answered = route(request)
        except Exception as error:
            answered = Reply({"the test's route failed": repr(error)}, ROUTE_FAILED)
        reply = answered if isinstance(answered, Reply) else Reply(answered)
        if fault.kind not in FAILURES:
            with self._lock:
                self._answered[request.path] = reply
        return reply, fault


@contextmanager
def serving(routes: Mapping[str, Route], faults: Sequence[Fault] = ()) -> Iterator[ApiServer]:
    """A server for the time of a `with` block."""
    server = ApiServer(routes, faults)
    try:
        yield server
    finally:
        server.close()


def schedules(in_a_row: int = 4, rows: int = 3, kinds: Sequence[Kind] = FAILURES) -> st.SearchStrategy[list[Fault]]:
    """Schedules of at most `rows` times (at most `in_a_row` failures, then an answer or a repeated one).

    `rows=1` suits a client that asks in several threads, where one request may meet all the failures.
    """
    seconds = st.none() | st.integers(0, 90).map(float)
    skews = st.just(0.0) | st.floats(-7200, 7200)
    failures = st.lists(st.builds(Fault, st.sampled_from(kinds), seconds, skews), max_size=in_a_row)
    passing = st.builds(Fault, st.sampled_from(["none", "repeat"]), st.none(), skews)
    row = st.builds(lambda failed, passed: [*failed, passed], failures, passing)
    return st.lists(row, max_size=rows).map(lambda found: [fault for one in found for fault in one])


def _nothing_there(request: Request) -> Reply:
    return Reply({"error": "InvalidEndpoint", "description": "Not found"}, 404)


def _limited(reply: Reply, fault: Fault, now: datetime) -> Reply:
    """What is sent in place of `reply` for the faults that are an answer of another status."""
    after = {} if fault.seconds is None else {"Retry-After": f"{fault.seconds:.0f}"}
    until = now + timedelta(seconds=fault.seconds or 0)
    secondary = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
    if fault.kind == "too_many_requests":
        return Reply({"description": "Rate limit exceeded"}, 429, after)
    if fault.kind == "too_many_requests_until":
        return Reply({"description": "Rate limit exceeded"}, 429, {"Retry-After": format_datetime(until, usegmt=True)})
    if fault.kind == "secondary_limit":
        return Reply(secondary, 403, {"X-RateLimit-Remaining": "4000"} | after)
    if fault.kind == "limit_used_up":
        reset = f"{until.timestamp():.0f}"
        used_up = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        return Reply({"message": "API rate limit exceeded"}, 403, used_up)
    if fault.kind in ("500", "502", "503"):
        return Reply(b"<html><body>Bad day</body></html>", int(fault.kind), {"Content-Type": "text/html"} | after)
    return reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def setup(self) -> None:
        super().setup()
        self.server.api.open.add(self.connection)

    def finish(self) -> None:
        self.server.api.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        api: ApiServer = self.server.api
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        pairs = tuple(parse_qsl(split.query, keep_blank_values=True))
        path = unquote(split.path)
        reply, fault = api.answer(Request(self.command, path, dict(pairs), headers, api.url, (), body, pairs))
        if fault.kind in ("slow", "closed", "unheard"):
            if fault.kind == "slow":
                api.closing.wait(SLOW_SECONDS)
            self.close_connection = True
            return
        now = datetime.now(UTC) + timedelta(seconds=fault.skew_seconds)
        reply = _limited(reply, fault, now)
        self._send(reply, fault.kind, now)

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def _send(self, reply: Reply, kind: Kind, now: datetime) -> None:
        content = reply.encoded()
        sent = content[: len(content) // 2] if kind in ("cut", "half_json") else content
        length = len(sent) if kind == "half_json" else len(content)
        headers = {"Content-Type": "application/json", "Date": format_datetime(now, usegmt=True)} | dict(reply.headers)
        self.send_response_only(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(length))
        self.close_connection = kind == "cut"
        self.end_headers()
        self.wfile.write(sent)
