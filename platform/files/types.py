"""What a file is: its type from its first bytes and its name.

In: a name and the first bytes. Out: a media type, and whether the two contradict each other. Looks at a few well-
known beginnings only; it is no protection against a clever forger, so what is served is always served as this type
and never guessed again.
"""

from __future__ import annotations

import re

HEAD = 512
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
)
OFFICE = "application/vnd.openxmlformats-officedocument"
ENDINGS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "csv": "text/csv",
    "txt": "text/plain",
    "md": "text/markdown",
    "json": "application/json",
    "xml": "application/xml",
    "eml": "message/rfc822",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "gz": "application/gzip",
    "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    "dwg": "image/vnd.dwg",
}
ZIPPED = {"zip", "docx", "xlsx", "pptx", "odt", "ods"}
OLE = {"doc", "xls", "ppt"}
TELLING = {  # endings whose content must begin as they say: pictures and PDF are shown in the page
    "png", "jpg", "jpeg", "gif", "webp", "pdf",
}  # fmt: skip
UNKNOWN = "application/octet-stream"
UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def ending(name: str) -> str:
    """The ending of a file name in small letters, without the dot; empty where it has none."""
    _, dot, last = name.rpartition(".")
    return last.lower() if dot else ""


def clean_name(name: str) -> str:
    """A file name without folders, control characters or tricks with the direction of writing, at most 255
    characters.
    """
    last = re.split(r"[/\\]", name)[-1]
    text = UNSAFE.sub("", last.encode("utf-8", "ignore").decode()).strip().strip(".") or "file"
    if len(text) <= 255:
        return text
    tail = ending(text)[:20]
    return f"{text[: 254 - len(tail)]}.{tail}" if tail else text[:255]


def media_type(name: str, head: bytes) -> str:
    """The media type that the content begins like; where that says little, what the name says; else unknown."""
    last = ending(name)
    found = _beginning(head)
    if found == "application/zip" and last in ZIPPED:
        return ENDINGS[last]
    if found == "application/x-ole-storage" and last in OLE:
        return ENDINGS[last]
    if found is not None:
        return found
    if last in TELLING:
        return UNKNOWN
    return ENDINGS.get(last, UNKNOWN)


def contradicts(name: str, head: bytes) -> bool:
    """Whether a picture or PDF by its name is something else by its content."""
    last = ending(name)
    return last in TELLING and _beginning(head) != ENDINGS[last]


def _beginning(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in BEGINNINGS if head.startswith(start)), None)
