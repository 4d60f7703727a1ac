"""An S3 server of one's own on loopback (moto's): for tests and benchmarks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config


@dataclass(frozen=True)
class S3:
    """A running server, at `endpoint`."""

    endpoint: str

    def client(self, key: str = "key", secret: str = "secret") -> Any:
        """A boto3 client that does not try again, so that faults show at once."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
        )

    def bucket(self, name: str) -> Callable[[str, bytes], None]:
        """A new bucket (names have at least three letters); gives what puts an object into it."""
        client = self.client()
        client.create_bucket(Bucket=name)

        def put(key: str, content: bytes) -> None:
            client.put_object(Bucket=name, Key=key, Body=content)

        return put


@contextmanager
def running() -> Iterator[S3]:
    """A server on a free port, stopped afterwards."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3(f"http://{host}:{port}")
    finally:
        server.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A running server for the whole session."""
    with running() as server:
        yield server
