"""Files on disk, by what they contain.

In: streams of bytes. Out: the SHA-256 of each, under which its content lies once however often it is uploaded. A
content is there whole or not at all: it is written beside its place, flushed to the disk, and then moved. Knows
nothing of names or records.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from ...metamodel.invalid import N_
from ..records.errors import Fault, Rejected
from ..storage.unavailable import translated
from .types import HEAD

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What was stored."""

    digest: str
    size: int
    head: bytes


class FileStore:
    """The contents of one company's files."""

    def __init__(self, data: Path, company: str) -> None:
        self.folder = data / "files" / company

    def place(self, digest: str) -> Path:
        """Where a content lies."""
        return self.folder / digest[:2] / digest

    def write(self, stream: IO[bytes], most: int) -> Content:
        """Store a stream. Raises Rejected as soon as it is longer than `most`; Unavailable where the disk refuses."""
        with translated():
            incoming = self.folder / "incoming"
            incoming.mkdir(parents=True, exist_ok=True)
            part = incoming / uuid.uuid4().hex
            try:
                content = self._receive(stream, part, most)
                self._move(part, self.place(content.digest))
            finally:
                part.unlink(missing_ok=True)
        return content

    def open(self, digest: str) -> BinaryIO:
        """A stream of the content. Raises FileNotFoundError where it is gone."""
        return self.place(digest).open("rb")

    def older_than(self, limit: datetime) -> list[str]:
        """The digests of contents that came before this moment. What is left of uploads that broke off is removed."""
        for part in (self.folder / "incoming").glob("*"):
            if part.stat().st_mtime < limit.timestamp():
                part.unlink(missing_ok=True)
        places = (place for place in self.folder.glob("[0-9a-f][0-9a-f]/*"))
        return sorted(place.name for place in places if place.stat().st_mtime < limit.timestamp())

    def remove(self, digest: str, limit: datetime) -> None:
        """Remove a content, unless the same has just come in again: it is put aside first, and then looked at."""
        place, aside = self.place(digest), self.folder / "incoming" / uuid.uuid4().hex
        aside.parent.mkdir(exist_ok=True)
        place.rename(aside)
        if aside.stat().st_mtime < limit.timestamp():
            aside.unlink()
        else:
            aside.replace(place)

    def _receive(self, stream: IO[bytes], part: Path, most: int) -> Content:
        hashed, size, head = hashlib.sha256(), 0, b""
        with part.open("xb") as output:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > most:
                    raise Rejected([too_large(most)])
                if len(head) < HEAD:
                    head = (head + chunk)[:HEAD]
                hashed.update(chunk)
                output.write(chunk)
            output.flush()
            os.fsync(output.fileno())
        return Content(hashed.hexdigest(), size, head)

    def _move(self, part: Path, place: Path) -> None:
        place.parent.mkdir(exist_ok=True)
        part.replace(place)  # also where it is there: its new time tells the clean-up that it is wanted
        if os.name == "posix":
            folder = os.open(place.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def too_large(most: int, path: str = "") -> Fault:
    """The fault of a file beyond its limit."""
    size = f"{most / 1024**2:g} MB" if most >= 1024**2 else f"{most / 1024:g} KB"
    return Fault(path, "file_too_large", N_("A file here can have at most {size}."), {"size": size, "max": most})
