"""Serving an app to browsers, and telling people in sentences what is in the way.

In: a WSGI app, an address. Out: a running server. Knows nothing of companies or users.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import sqlalchemy as sa

from ...metamodel.invalid import Invalid
from ...metamodel.problem import DefinitionError
from ..data.records import DataFault
from ..schema.bringing import SchemaRefused
from ..storage.database import Database
from ..storage.unavailable import Unavailable

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

PORT = 8080
THREADS = 8
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - told apart, not listened on
LARGEST_REQUEST = 130 * 1024**2
CreateApp = Callable[[Database], "WSGIApplication"]


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what may go wrong into a sentence and exit code 1; an address that is none is wrong use, exit code 2."""
    try:
        yield
    except Unavailable as error:
        raise click.ClickException(f"{error.message} ({where()})") from None
    except DefinitionError as error:
        raise click.ClickException(f"The definitions have problems.\n{error}") from None
    except (SchemaRefused, DataFault, Invalid) as error:
        raise click.ClickException(str(error)) from None


def open_database(data: str | None = None) -> Database:
    """The database that SARTOR_DATABASE_URL names, else SQLite in the folder, else in SARTOR_DATA or ./var."""
    try:
        return Database(data=os.environ.get("SARTOR_DATA") or data)
    except (ValueError, ImportError, sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
        shown = str(error).splitlines()[0]
        raise click.UsageError(f"SARTOR_DATABASE_URL: {shown}. Example: postgresql://sartor@localhost/sartor") from None


def where() -> str:
    """Where the data is looked for, without any password."""
    url = os.environ.get("SARTOR_DATABASE_URL")
    if not url:
        return f"data folder {os.environ.get('SARTOR_DATA') or 'var'}"
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "SARTOR_DATABASE_URL"


def is_free(host: str, port: int) -> bool:
    """Whether a server can listen there. Raises ClickException for a host that this machine does not have."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        if os.name == "posix":
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except socket.gaierror:
            raise click.ClickException(f"There is no host {host!r}. Try --host 127.0.0.1") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise click.ClickException(f"This machine has no address {host}. Try --host 127.0.0.1") from None
            if error.errno == errno.EACCES:
                raise click.ClickException(f"You may not listen on port {port}. Try --port {PORT}") from None
            return False
    return True


def free_port(host: str, wanted: int | None) -> int:
    """The wanted port, or the first free one from 8080 on. Raises ClickException where the wanted one is taken."""
    if wanted is not None:
        if not is_free(host, wanted):
            raise click.ClickException(
                f"Port {wanted} is taken. Choose another with --port, or stop what listens there."
            )
        return wanted
    for port in range(PORT, PORT + 100):
        if is_free(host, port):
            return port
    raise click.ClickException(f"The ports {PORT} to {PORT + 99} are all taken. Choose one with --port.")


def address(host: str, port: int) -> str:
    """What to type into a browser."""
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run(app: WSGIApplication, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until interrupted or told to end. `ready` is called once browsers are answered."""
    from waitress.server import create_server

    try:
        server: Any = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident="sartor",
            max_request_body_size=LARGEST_REQUEST,
            # Who stands in front is only believed where SARTOR_PROXIES says that somebody does.
            clear_untrusted_proxy_headers=not os.environ.get("SARTOR_PROXIES"),
        )
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {address(host, port)}: {error.strerror or error}.") from None
    signal.signal(signal.SIGTERM, _end)
    ready()
    try:
        server.run()
    finally:
        server.close()


def _end(_signal: int, _frame: Any) -> None:
    raise SystemExit(0)
