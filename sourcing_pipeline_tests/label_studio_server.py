"""A Label Studio server of the tests' own, started as a person starts it (`label-studio/start`), on loopback."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
_WAIT_SECONDS = 240.0


@dataclass(frozen=True)
class LabelStudioServer:
    """A running server: its address, the owner's account and access token, and the folder with its database."""

    url: str
    user: str
    password: str
    key: str
    data: Path
    http: httpx.Client

    def client(self, key: str | None = None) -> Any:
        """The SDK's client, for the owner or for who has the token `key`."""
        from label_studio_sdk import LabelStudio

        return LabelStudio(base_url=self.url, api_key=key or self.key, httpx_client=self.http)

    def reviewer(self, email: str, password: str) -> str:
        """A second person: signed up by the owner's invitation, as in a browser; gives their access token."""
        with httpx.Client(base_url=self.url, follow_redirects=True) as browser:
            invitation = browser.get("/api/invite", headers={"Authorization": f"Token {self.key}"}).json()
            page = browser.get(invitation["invite_url"])
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token is not None
            form = {"csrfmiddlewaretoken": token[1], "email": email, "password": password, "how_find_us": ""}
            browser.post(str(page.url), data=form, headers={"Referer": str(page.url)}).raise_for_status()
            answer = browser.get("/api/current-user/token").raise_for_status()
            return str(answer.json()["token"])


def venv() -> Path:
    """Where Label Studio is installed."""
    return Path(os.environ.get("LABEL_STUDIO_VENV") or ROOT / ".venv-label-studio")


def missing() -> str | None:
    """Why no server can be started here, or None."""
    if not (venv() / "bin/label-studio").exists():
        return f"Label Studio is not installed in {venv()} (make label-studio)"
    return None


@contextmanager
def running(data: Path, port: int | None = None) -> Iterator[LabelStudioServer]:
    """A server that keeps everything under `data`; it goes on where it was when it is started again."""
    chosen = port or _free_port()
    environment = {
        **os.environ,
        "LABEL_STUDIO_VENV": str(venv()),
        "LABEL_STUDIO_DATA": str(data),
        "LABEL_STUDIO_PORT": str(chosen),
    }
    environment.pop("LABEL_STUDIO_API_KEY", None)
    log = data.with_name(f"{data.name}.log")
    with log.open("ab") as written:
        process = subprocess.Popen(
            [str(ROOT / "label-studio/start")],
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{chosen}"
        _wait(url, process, log)
        said = dict(line.split("=", 1) for line in (data / "account.env").read_text().splitlines())
        account = (said["LABEL_STUDIO_USERNAME"], said["LABEL_STUDIO_PASSWORD"], said["LABEL_STUDIO_API_KEY"])
        with httpx.Client(timeout=60) as http:
            yield LabelStudioServer(url, *account, data, http)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"Label Studio did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
