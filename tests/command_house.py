"""The `sartor` command as a process of its own, as a person starts it."""

from __future__ import annotations

import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import sartor

ROOT = Path(sartor.__file__).resolve().parent
START_SECONDS = 120  # the machine may be busy with other tests


def environment(**more: str) -> dict[str, str]:
    """The environment without what would lead to somebody's own data."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SARTOR_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "sartor", *words]


def run(folder: Path, *words: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        command(*words),
        cwd=folder,
        env=environment(**more),
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass
class Server:
    """A running `sartor serve` or `sartor demo`, with what it has printed so far."""

    process: subprocess.Popen[str]
    url: str
    lines: list[str]
    started_in: float

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@contextmanager
def serving(folder: Path, words: Sequence[str], **more: str) -> Iterator[Server]:
    """Start a server and wait until it says where it is; end it afterwards."""
    began = time.monotonic()
    process = subprocess.Popen(
        command(*words),
        cwd=folder,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    heard: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            heard.put(line.rstrip("\n"))
        heard.put(None)

    threading.Thread(target=listen, daemon=True).start()
    lines: list[str] = []
    try:
        while not (found := re.search(r"(http://\S+)", lines[-1] if lines else "")):
            line = heard.get(timeout=START_SECONDS)
            assert line is not None, f"it ended with code {process.wait()}:\n" + "\n".join(lines)
            lines.append(line)
        time.sleep(0.3)
        while not heard.empty():
            lines.append(heard.get() or "")
        yield Server(process, found[1].rstrip("/"), lines, time.monotonic() - began)
    finally:
        process.terminate()
        process.wait(timeout=30)


@dataclass
class Visitor:
    """A person at a browser, as far as forms go, and a program that calls the API."""

    url: str
    token: str | None = None
    jar: CookieJar = field(default_factory=CookieJar)

    def open(
        self, path: str, data: Mapping[str, Any] | None = None, body: Any = None, method: str | None = None
    ) -> tuple[int, str]:
        headers = {"Accept": "application/json"} if path.startswith("/api/") else {}
        content: bytes | None = None
        if data is not None:
            content = urllib.parse.urlencode(data).encode()
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, content, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def sign_in(self, username: str, password: str) -> None:
        """Through the form, as a person does."""
        _, page = self.open("/login/")
        csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert csrf, page
        status, page = self.open("/login/", {"username": username, "password": password, "csrf_token": csrf[1]})
        assert status == 200, page
        assert 'name="password"' not in page, "still at the form"

    def get_token(self, username: str, password: str) -> None:
        """Through the API, as a program does."""
        status, text = self.open("/api/v1/security/login", body={"username": username, "password": password})
        assert status == 200, text
        self.token = json.loads(text)["access_token"]
