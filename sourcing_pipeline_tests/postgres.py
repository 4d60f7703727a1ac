"""A PostgreSQL server of one's own, from Debian's binaries, on loopback: for tests and benchmarks."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

PASSWORD = "correct-horse"
_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@dataclass(frozen=True)
class Postgres:
    """A running server: its port, and the passwords of its users (`postgres` may do everything)."""

    port: int

    def url(self, database: str = "postgres", user: str = "postgres", password: str = PASSWORD) -> str:
        """A SQLAlchemy URL without a driver's name."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run `statements`, each in a transaction of its own."""
        url = self.url(database).replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def database(self, name: str) -> str:
        """The URL of a new, empty database; one of that name that was there is gone."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        return self.url(name)


def missing() -> str | None:
    """Why no server can be started here, or None."""
    if not _FOLDERS:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL does not run as root, and there is no runuser"
    return None


@contextmanager
def running() -> Iterator[Postgres]:
    """A server in a folder of its own, stopped and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    data, secret = folder / "data", folder / "password"
    secret.write_text(PASSWORD)
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        for path in (folder, secret):
            os.chown(path, account.pw_uid, account.pw_gid)
    port = _free_port()
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    try:
        _call("initdb", "-D", str(data), "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8")
        _call("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Postgres(port)
        finally:
            _call("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server for the whole session; skips the test where none can be started."""
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with running() as server:
        yield server


def _call(program: str, *arguments: str) -> None:
    command = [str(_FOLDERS[0] / program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
