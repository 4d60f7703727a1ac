from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sourcing_pipeline.config import Window
from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.sources.tabular import FileRows
from sourcing_pipeline.sources.tabular.stores import S3Bucket
from sourcing_pipeline_tests.s3 import S3

Told = Callable[..., list[dict[str, Any]]]
WANTED = pa.schema([pa.field("id", pa.string(), nullable=False)])


def window(client: Any, *days: str) -> Window:
    return Window(datetime(2026, 6, 1, tzinfo=UTC), ZoneInfo("UTC"), days or None, s3=lambda: client)


def files(path: str) -> FileRows:
    return FileRows(type="files", path=path)


@pytest.fixture(scope="module")
def logs(s3: S3) -> str:
    put = s3.bucket("logs")
    for day in ("01", "02", "03"):
        for part in ("a", "b"):
            put(f"tickets/2026/03/{day}/t-{part}.csv", f"id\n{day}{part}\n".encode())
    put("tickets/2026/03/02/", b"")
    put("other/2026/03/02/t-a.csv", b"id\nother\n")
    made = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": ["p1", "p2"]}), made)
    put("one.parquet", made.getvalue().to_pybytes())
    return "s3://logs"


def test_objects_are_listed_by_the_wanted_days(logs: str, s3: S3, told: Told) -> None:
    made = files(f"{logs}/tickets/{{%Y/%m/%d}}/t-*.csv")
    rows = told(made.read("src", window(s3.client(), "2026-03-02", "2026-03-03"), WANTED, ()))
    assert [(row["id"], row["day"]) for row in rows] == [
        ("02a", "2026-03-02"),
        ("02b", "2026-03-02"),
        ("03a", "2026-03-03"),
        ("03b", "2026-03-03"),
    ]
    assert rows[0]["place"] == "2026/03/02/t-a.csv line 2"
    assert len(told(made.read("src", window(s3.client()), WANTED, ()))) == 6


def test_parquet_is_read_from_s3(logs: str, s3: S3, told: Told) -> None:
    rows = told(files(f"{logs}/*.parquet").read("src", window(s3.client()), WANTED, ()))
    assert [row["id"] for row in rows] == ["p1", "p2"]


def test_more_objects_than_one_page_are_found(s3: S3, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    put = s3.bucket("many")
    for number in range(7):
        put(f"{number}.csv", b"id\n1\n")
    assert s3.client().list_objects_v2(Bucket="many")["IsTruncated"]
    assert len(told(files("s3://many/*.csv").read("src", window(s3.client()), WANTED, ()))) == 7


def test_an_object_that_was_replaced_or_removed_has_changed(s3: S3, told: Told) -> None:
    put = s3.bucket("changing")
    for day in ("01", "02", "03"):
        put(f"2026-03-{day}.csv", b"id\n1\n")
    made, client = files("s3://changing/{%Y-%m-%d}.csv"), s3.client()
    before = made.changed("src", window(client), WANTED, None)
    put("2026-03-01.csv", b"id\n2\n")
    client.delete_object(Bucket="changing", Key="2026-03-03.csv")
    after = made.changed("src", window(client), WANTED, before.cursor)
    assert [(row["id"], row["day"]) for row in told(after.parts)] == [("2", "2026-03-01")]
    assert after.days == {"2026-03-03"}


def test_no_such_bucket_and_no_such_object_are_clear_errors(logs: str, s3: S3) -> None:
    with pytest.raises(InputError, match="s3://nobody/: S3 answers NoSuchBucket: there is no such bucket"):
        files("s3://nobody/*.csv").read("src", window(s3.client()), WANTED, ())
    with pytest.raises(InputError, match="there is no such file"):
        files(f"{logs}/nothing-*.csv").read("src", window(s3.client()), WANTED, ())


def test_no_connection_may_be_tried_again(s3: S3) -> None:
    with pytest.raises(TryAgain, match="the connection failed"):
        files("s3://logs/*.csv").read("src", window(S3("http://127.0.0.1:9").client()), WANTED, ())


def test_missing_credentials_are_a_clear_error(logs: str, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from botocore.session import Session

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    session = boto3.Session(botocore_session=Session())
    client = session.client("s3", endpoint_url=s3.endpoint, region_name="us-east-1")
    with pytest.raises(InputError, match="there are no credentials for S3"):
        files(f"{logs}/*.parquet").read("src", window(client), WANTED, ())


class _Client:
    """A client that answers one listing, and bodies that break off; or refuses with a code."""

    def __init__(self, content: bytes, cuts: Iterator[int], code: str | None = None) -> None:
        self.content, self.cuts, self.code = content, cuts, code
        self.ranges: list[str] = []

    def get_paginator(self, _: str) -> "_Client":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        if self.code is not None:
            self._refuse()
        written = datetime(2026, 3, 1, tzinfo=UTC)
        return [{"Contents": [{"Key": "a.csv", "ETag": '"e"', "Size": len(self.content), "LastModified": written}]}]

    def get_object(self, Range: str, **_: str) -> dict[str, Any]:  # noqa: N803
        self.ranges.append(Range)
        begin = int(Range.removeprefix("bytes=").removesuffix("-"))
        return {"Body": _Body(self.content[begin:], next(self.cuts))}

    def _refuse(self) -> None:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": self.code or "", "Message": "secret"}}, "ListObjectsV2")


class _Body:
    def __init__(self, content: bytes, cut: int) -> None:
        self._content, self._cut, self._at = content, cut, 0

    def read(self, size: int) -> bytes:
        if self._at >= self._cut:
            raise ConnectionResetError
        found = self._content[self._at : min(self._at + size, self._cut)]
        self._at += len(found)
        return found

    def close(self) -> None:
        self._content = b""


def test_a_body_that_breaks_off_is_taken_up_where_it_was() -> None:
    content = b"id\n" + b"".join(b"%d\n" % number for number in range(5000))
    client = _Client(content, iter([10, 1000, 0, 10**6]))
    waits: list[float] = []
    store = S3Bucket("src", client, waits.append)
    (found,) = store.find("s3://logs/a.csv")
    with store.opened(found) as stream:
        assert stream.read() == content
    assert client.ranges == ["bytes=0-", "bytes=10-", "bytes=1010-", "bytes=1010-"]
    assert len(waits) == 3


def test_a_body_that_always_breaks_off_may_be_tried_again() -> None:
    store = S3Bucket("src", _Client(b"id\n1\n", iter([0] * 9)), lambda _: None)
    (found,) = store.find("s3://logs/a.csv")
    with pytest.raises(TryAgain, match=r"s3://logs/a.csv: the connection failed"), store.opened(found) as stream:
        stream.read()


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("AccessDenied", InputError, "the credentials lack the permission"),
        ("InvalidAccessKeyId", InputError, "check AWS_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", InputError, "check AWS_SECRET_ACCESS_KEY"),
        ("ExpiredToken", InputError, "out of date"),
        ("SlowDown", TryAgain, "S3 answers SlowDown"),
    ],
)
def test_what_s3_refuses_is_said_without_its_words(code: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        list(S3Bucket("src", _Client(b"", iter(()), code)).find("s3://logs/a.csv"))
    assert "secret" not in str(caught.value)
