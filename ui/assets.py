"""Static files with addresses that may be cached for ever.

In: the folder ui/static. Out: an address for each file below a folder named by the hash of them all, so that modules
which import one another by relative paths come from one build; and the icons. Knows nothing of pages.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from flask import Flask, Response, send_from_directory

STATIC = Path(__file__).resolve().parent / "static"
FOR_EVER = 365 * 24 * 3600
MARK = "~"  # begins the folder that is named by a hash; no file of ours does


class Assets:
    """The files of one start of the server."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder
        self.digest = _digest(folder)
        icons = folder / "vendor" / "icons.json"
        known = json.loads(icons.read_text(encoding="utf-8")) if icons.is_file() else {"listed": [], "others": []}
        self._listed, self._others = frozenset(known["listed"]), frozenset(known["others"])

    def url(self, name: str) -> str:
        """The address of a file, for ever the same for the same content."""
        return f"/static/{MARK}{self.digest}/{name}"

    def icon(self, name: str | None) -> str:
        """The address of an icon's symbol. A name that Tabler does not have is shown as a circle."""
        if name in self._listed:
            return f"{self.url('vendor/icons.svg')}#tabler-{name}"
        if name in self._others:
            return f"{self.url('vendor/icons-all.svg')}#tabler-{name}"
        return f"{self.url('vendor/icons.svg')}#tabler-circle"

    def install(self, app: Flask) -> None:
        """Serve the files. `url_for("static", filename=…)` keeps working, without the hash."""

        def static(filename: str) -> Response:
            first, _, rest = filename.partition("/")
            if not first.startswith(MARK):
                return send_from_directory(self.folder, filename, max_age=0)
            fresh = first == MARK + self.digest  # an old page asks for files that may have changed meanwhile
            response = send_from_directory(self.folder, rest, max_age=FOR_EVER if fresh else 0)
            if fresh:
                response.cache_control.public = True
                response.cache_control.immutable = True
            return response

        app.add_url_rule("/static/<path:filename>", "static", static)
        app.jinja_env.globals["asset"] = self.url
        app.jinja_env.globals["icon_url"] = self.icon


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith("vendor/"):
            whole.update(name.encode() + b"\0" + path.read_bytes())
    vendor = folder / "vendor" / "manifest.json"  # holds the hashes of all that lies beside it
    whole.update(vendor.read_bytes() if vendor.is_file() else b"")
    return whole.hexdigest()[:12]
