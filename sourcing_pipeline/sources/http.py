"""One way to ask an HTTP API: it waits when told to, tries again what may pass, and says plainly what will not."""

import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from sourcing_pipeline.errors import InputError, TryAgain

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 6
TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = 3700.0
"""The longest wait that an API may ask for before the run gives up, to be tried again later."""
SECONDARY_LIMIT_SECONDS = 60.0
"""What GitHub asks to wait at a secondary rate limit that names no time."""
_ROUNDING_SECONDS = 1.0
"""Added to waits until a date: HTTP dates and GitHub's resets are in whole seconds."""
_REDIRECTS = 5
_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_BACK_OFF = wait_random_exponential(multiplier=1, max=60)


def _encrypted(value: str) -> str:
    if not re.match(r"https://[^/@?#]+(/|$)|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)", value):
        raise ValueError("the address must begin with https://, since a secret is sent there, and hold no password")
    return value


ApiUrl = Annotated[str, AfterValidator(_encrypted)]
"""An API's address that a secret may be sent to: by https, or on this machine."""


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its JSON (None when there is none to read: 204, 304, an error page) and its headers."""

    status: int
    json: Any
    headers: Mapping[str, str]
    next_url: str | None = None
    """The `next` link of a `Link` header."""


class _PassingError(Exception):
    """A fault that may pass; `wait_seconds` is what the system asks for, if it says so. `undone` says that the
    request was certainly not carried out: it never left, or was refused for being one too many.
    """

    def __init__(self, what: str, wait_seconds: float | None = None, undone: bool = False) -> None:
        super().__init__(what)
        self.wait_seconds = wait_seconds
        self.undone = undone


class Api:
    """The HTTP API of one system, for one source; several threads may ask at once.

    When it reads (`get`), time-outs, broken connections and bodies, 5xx, 429 and rate limits are tried again,
    `ATTEMPTS` in all: with back-off and jitter, or after the time that the system names (measured on its own clock,
    from its Date header). Redirects are followed on the same host only. When it writes (`post`, `put`), only what
    certainly was not carried out is tried again: a connection that never stood, 429 and rate limits. A `with` block
    closes the connections. `timeout_seconds` is the longest silence waited out; `sleep` waits.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        auth: "httpx.Auth | tuple[str, str] | None" = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx

        self._name = name
        self._base = httpx.URL(base_url.rstrip("/") + "/")
        self._client = httpx.Client(base_url=self._base, auth=auth, headers=headers, timeout=timeout_seconds)
        self._reading, self._writing = (
            Retrying(
                stop=stop_after_attempt(ATTEMPTS),
                wait=_wait,
                retry=retry_if_exception(again),
                sleep=sleep,
                reraise=True,
            )
            for again in (_may_pass, _undone)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
    ) -> Answer:
        """The answer to GET `url` (relative to the base, or absolute on the same host); `params` replace its query.

        Gives statuses under 400 and those in `expected`. Raises InputError when the system refuses (credentials,
        permission, no such thing, bad request), when it is another one (no such host, another host, no JSON), and
        TryAgain when a passing fault did not pass; neither holds a secret, a query or a body.
        """
        target = self._base.join(url)
        for _ in range(_REDIRECTS):
            where = self._where("GET", target)
            sent = {"params": params, "headers": headers}
            try:
                answer, moved = self._reading(self._once, where, "GET", target, sent, frozenset(expected))
            except _PassingError as error:
                raise TryAgain(f"{where}: {error}; {ATTEMPTS} attempts failed, run it again later") from None
            if moved is None:
                return answer
            target, params = moved, None
        raise InputError(f"{where}: it redirects without end; check the url in the recipe")

    def post(self, url: str, json: Any, expected: Collection[int] = ()) -> Answer:
        """The answer to POST `url` (as in `get`) with `json` as its body.

        Raises what `get` raises. TryAgain says whether the request may have been carried out all the same (its
        answer was lost, or is a 5xx): who asks again must first look whether it was. Redirects are not followed.
        """
        return self._write("POST", url, json, expected)

    def put(self, url: str, json: Any = None, expected: Collection[int] = ()) -> Answer:
        """The answer to PUT `url` with `json` as its body (None: none). As `post` in all else."""
        return self._write("PUT", url, json, expected)

    def _write(self, method: str, url: str, json: Any, expected: Collection[int]) -> Answer:
        target = self._base.join(url)
        where = self._where(method, target)
        try:
            answer, moved = self._writing(self._once, where, method, target, {"json": json}, frozenset(expected))
        except _PassingError as error:
            outcome = f"{ATTEMPTS} attempts failed" if error.undone else "it may have been carried out all the same"
            raise TryAgain(f"{where}: {error}; {outcome}, run it again later") from None
        if moved is not None:
            raise InputError(f"{where}: it redirects, which is not followed; check the url in the recipe")
        return answer

    def _where(self, method: str, target: "httpx.URL") -> str:
        """How messages name one request. Raises InputError when it would go to another host."""
        where = f"source {self._name!r}: {method} {_shown(target)}"
        if _origin(target) != _origin(self._base):
            raise InputError(f"{where}: {self._base.host} led to another host, which is not followed; check the url")
        return where

    def _once(
        self, where: str, method: str, url: "httpx.URL", sent: Mapping[str, Any], expected: frozenset[int]
    ) -> "tuple[Answer, httpx.URL | None]":
        import httpx

        try:
            response = self._client.request(method, url, **sent)
        except httpx.RequestError as error:
            raise _failed(where, url.host, error) from None
        if response.next_request is not None:
            return Answer(response.status_code, None, response.headers), response.next_request.url
        if response.status_code not in expected:
            _refuse(where, response)
        following = response.links.get("next", {}).get("url")
        return Answer(response.status_code, _json(where, response), response.headers, following), None


def secret(name: str, variable: str, key: str) -> str:
    """The environment variable `variable`, which the recipe's `key` names.

    Raises InputError when it is not set, or holds what no HTTP header may.
    """
    value = os.environ.get(variable, "").strip()
    mend = f"set it, or name another one in sources.{name}.{key}"
    if not value:
        raise InputError(f"source {name!r}: the environment variable {variable} is not set; {mend}")
    if not (value.isascii() and value.isprintable()):
        raise InputError(
            f"source {name!r}: the environment variable {variable} holds more than printable ASCII; {mend}"
        )
    return value


def _origin(url: "httpx.URL") -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _shown(url: "httpx.URL") -> str:
    """`url` without what may be secret in it: user, password and query."""
    port = "" if url.port is None else f":{url.port}"
    return f"{url.scheme}://{url.host}{port}{url.path}"


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, _PassingError)


def _undone(error: BaseException) -> bool:
    return isinstance(error, _PassingError) and error.undone


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_seconds if isinstance(error, _PassingError) else None
    return asked or float(_BACK_OFF(state))


def _failed(where: str, host: str, error: Exception) -> InputError | _PassingError:
    """What a connection that failed means: names and certificates do not mend themselves, all else may pass."""
    import httpx

    if lasting := lasting_fault(error, host):
        return InputError(f"{where}: {lasting}; check the url in the recipe")
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return _PassingError(f"the connection failed ({type(error).__name__})", undone=unsent)


def lasting_fault(error: BaseException, host: str) -> str | None:
    """What kept a connection to `host` from standing that does not mend itself (its name, its certificate), found
    among the causes of `error`; None when the fault may pass.
    """
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_HOST:
            return f"there is no host {host}"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {host} is not trusted"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refuse(where: str, response: "httpx.Response") -> None:
    """Raise what the status stands for, unless it is under 400."""
    status = response.status_code
    if status < 400:
        return
    limited = _limited(response)
    if limited or status >= 500 or status == 408:
        wait = _asked_to_wait(response)
        if wait is not None and wait > PATIENCE_SECONDS:
            raise TryAgain(f"{where}: status {status}: it asks to wait {wait:,.0f} s; run it again then")
        what = f"status {status}, too many requests" if limited else f"status {status}"
        raise _PassingError(what, wait, undone=limited)
    mend = {
        401: "the credentials were refused; check the variables that the recipe names",
        402: "it asks to be paid; check the funds of the account",
        403: "the credentials lack the permission; give their account access",
        404: "there is no such thing there; check the address and names in the recipe",
    }
    raise InputError(f"{where}: status {status}: {mend.get(status, 'the request was refused; check the recipe')}")


def _json(where: str, response: "httpx.Response") -> Any:
    status = response.status_code
    if status in (204, 304):
        return None
    try:
        return response.json()
    except (ValueError, RecursionError):
        if status >= 400:
            return None
    media = re.match(r"[\w.+/-]*", response.headers.get("content-type", ""))
    if response.content and media and "json" not in media[0].lower():
        what = media[0][:40] or "no content type"
        raise InputError(f"{where}: expected JSON, got {what}; check that the url in the recipe is the API's")
    raise _PassingError(f"status {status}, but the body is not whole JSON")


def _limited(response: "httpx.Response") -> bool:
    """Whether the answer means: too many requests. GitHub says so with 403 too."""
    if response.status_code == 429:
        return True
    return response.status_code == 403 and (
        "retry-after" in response.headers
        or response.headers.get("x-ratelimit-remaining") == "0"
        or re.search(rb"secondary rate limit|abuse detection", response.content, re.IGNORECASE) is not None
    )


def _asked_to_wait(response: "httpx.Response") -> float | None:
    """Seconds that the answer asks to wait; None when it does not say."""
    now = _instant(response.headers.get("date")) or datetime.now(UTC)
    after = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", after):
        return float(after)
    if after and (until := _instant(after)) is not None:
        return max(0.0, (until - now).total_seconds()) + _ROUNDING_SECONDS
    reset = response.headers.get("x-ratelimit-reset", "")
    if response.headers.get("x-ratelimit-remaining") == "0" and re.fullmatch("[0-9]+", reset):
        return max(0.0, float(reset) - now.timestamp()) + _ROUNDING_SECONDS
    return SECONDARY_LIMIT_SECONDS if response.status_code == 403 else None


def _instant(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
