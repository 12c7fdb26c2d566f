"""The app for a WSGI server: `gunicorn --workers 4 "sartor.ui.wsgi:application()"`.

In: the settings of the environment (docs/running.md). Out: the app, serving the companies that the database holds. It
publishes nothing: `sartor serve` does.
"""

from __future__ import annotations

from flask import Flask

from ..platform.company_setup import Setup
from ..platform.storage.database import Database
from .app import create_app


def application() -> Flask:
    """The app of one worker process."""
    database = Database()
    Setup(database).prepare()
    return create_app(database)
