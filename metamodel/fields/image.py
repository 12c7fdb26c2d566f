"""Image: one or several pictures."""

from __future__ import annotations

from ..manifest import Field
from .file import MULTIPLE, SIZE_SETTING, File

ENDINGS = ("png", "jpg", "jpeg", "gif", "webp")


class Image(File):
    name = "image"
    doc = "One or several pictures (PNG, JPEG, GIF, WebP), shown small in lists and forms."
    example = "photo: {type: image, max_size: 5MB}"
    control = "image"
    settings = (SIZE_SETTING, MULTIPLE)

    def accepts(self, field: Field) -> tuple[str, ...]:
        return ENDINGS
