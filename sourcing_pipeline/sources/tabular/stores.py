"""Where files are: in local folders, or in an S3 bucket."""

import glob
import io
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from sourcing_pipeline.errors import InputError, SourcingError, TryAgain
from sourcing_pipeline.sources.tabular.pattern import fixed_start

ATTEMPTS = 5
_PASSING_CODES = {"RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "503", "500", "502", "504"}
_MEND = {
    "NoSuchBucket": "there is no such bucket; mend `path`",
    "NoSuchKey": "the object is gone; run it again",
    "404": "the object or bucket is not there; mend `path`",
    "AccessDenied": "the credentials lack the permission; allow s3:ListBucket and s3:GetObject",
    "403": "the credentials lack the permission; allow s3:ListBucket and s3:GetObject",
    "AllAccessDisabled": "the credentials lack the permission; allow s3:ListBucket and s3:GetObject",
    "InvalidAccessKeyId": "the credentials were refused; check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the credentials were refused; check AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "the credentials are out of date; renew them",
    "InvalidToken": "the credentials were refused; check AWS_SESSION_TOKEN",
}


@dataclass(frozen=True)
class Found:
    """One file: its path as the pattern has it, a fingerprint of its content, and when it was last written."""

    path: str
    fingerprint: str
    written: datetime


class Store(Protocol):
    """A place for files."""

    def find(self, pattern: str) -> Iterator[Found]:
        """The files that may match `pattern` (wildcards, no date); some may not."""
        ...

    def opened(self, file: Found) -> AbstractContextManager[BinaryIO]:
        """`file` open for reading bytes from its beginning."""
        ...


class LocalFolders:
    """Files of this machine. `name` is the source's, for messages."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find(self, pattern: str) -> Iterator[Found]:
        """See `Store`; hidden files only where the pattern names them."""
        for path in glob.iglob(pattern.replace("[", "[[]"), recursive=True):  # noqa: PTH207
            with suppress(FileNotFoundError), self._failing(path):
                status = Path(path).stat()
                if not Path(path).is_dir():
                    written = datetime.fromtimestamp(status.st_mtime, UTC)
                    yield Found(path, f"{status.st_size}-{status.st_mtime_ns}", written)

    @contextmanager
    def opened(self, file: Found) -> Iterator[BinaryIO]:
        """See `Store`."""
        with self._failing(file.path):
            handle = Path(file.path).open("rb")  # noqa: SIM115
        with handle:
            yield handle

    @contextmanager
    def _failing(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            mend = "give a readable file in the recipe"
            raise InputError(f"source {self._name!r}: {path}: {error.strerror}; {mend}") from None


class S3Bucket:
    """Objects of an S3 bucket, through a boto3 client. `name` is the source's, for messages."""

    def __init__(self, name: str, client: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self._name, self._client, self._sleep = name, client, sleep

    def find(self, pattern: str) -> Iterator[Found]:
        """See `Store`."""
        bucket, _, prefix = fixed_start(pattern).removeprefix("s3://").partition("/")
        where = f"source {self._name!r}: s3://{bucket}/{prefix}"
        with failing(where):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for one in page.get("Contents", ()):
                    if not one["Key"].endswith("/"):
                        etag = one["ETag"].strip('"')
                        written = one["LastModified"].astimezone(UTC)
                        yield Found(f"s3://{bucket}/{one['Key']}", f"{one['Size']}-{etag}", written)

    @contextmanager
    def opened(self, file: Found) -> Iterator[BinaryIO]:
        """See `Store`. A connection that breaks is taken up again where it was, as long as the object is the same."""
        with _Body(self._client, file, f"source {self._name!r}: {file.path}", self._sleep) as body:
            yield cast(BinaryIO, io.BufferedReader(body, 1 << 20))


class _Body(io.RawIOBase):
    """The bytes of an object, asked for again from where they broke off."""

    def __init__(self, client: Any, file: Found, where: str, sleep: Callable[[float], None]) -> None:
        self._client, self._where, self._sleep = client, where, sleep
        self._bucket, _, self._key = file.path.removeprefix("s3://").partition("/")
        size, _, self._etag = file.fingerprint.partition("-")
        self._size, self._at = int(size), 0
        self._stream: Any = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        for attempt in range(ATTEMPTS):
            try:
                with failing(self._where):
                    found = self._read(wanted)
                break
            except TryAgain:
                self._drop()
                if attempt + 1 == ATTEMPTS:
                    raise
                self._sleep(2.0**attempt)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _read(self, wanted: int) -> bytes:
        if self._stream is None:
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._key, Range=f"bytes={self._at}-", IfMatch=f'"{self._etag}"'
            )
            self._stream = answer["Body"]
        found: bytes = self._stream.read(wanted)
        if not found:
            raise TryAgain(f"{self._where}: the connection ended in mid-file; run it again")
        return found

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        self._drop()
        super().close()


@contextmanager
def failing(where: str) -> Iterator[None]:
    """What S3 or the way to it does wrong as InputError or TryAgain, opened by `where`; neither holds a secret."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
    from botocore.exceptions import ConnectionError as NoConnectionError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except NoCredentialsError:
        mend = "give some in the environment (AWS_ACCESS_KEY_ID, …) or in S3Resource"
        raise InputError(f"{where}: there are no credentials for S3; {mend}") from None
    except ClientError as error:
        raise _refused(where, error.response) from None
    except (HTTPClientError, NoConnectionError, HTTPError, ConnectionError, TimeoutError) as error:
        raise TryAgain(f"{where}: the connection failed ({type(error).__name__}); run it again") from None
    except BotoCoreError as error:
        passing = "Stream" in type(error).__name__ or "Incomplete" in type(error).__name__
        kind = TryAgain if passing else InputError
        raise kind(f"{where}: S3 cannot be asked ({type(error).__name__}); check endpoint, region and path") from None


def _refused(where: str, answer: dict[str, Any]) -> SourcingError:
    code = str(answer.get("Error", {}).get("Code", "unknown"))
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in ("PreconditionFailed", "412"):
        return TryAgain(f"{where}: the object was replaced while it was read; run it again")
    if code in _PASSING_CODES or status >= 500 or status == 429:
        return TryAgain(f"{where}: S3 answers {code}; run it again")
    return InputError(f"{where}: S3 answers {code}: {_MEND.get(code, 'the request was refused; check the recipe')}")
