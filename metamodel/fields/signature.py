"""Signature: a picture drawn by hand on the screen."""

from __future__ import annotations

from ..manifest import Field
from .file import File


class Signature(File):
    name = "signature"
    doc = "A signature drawn on the screen, kept as a PNG picture."
    example = "signed: {type: signature}"
    control = "signature"
    settings = ()

    def accepts(self, field: Field) -> tuple[str, ...]:
        return ("png",)
