"""Sentences for people, in their language.

In: an English template as it stands in the code (marked with `N_`) and the values for its named parts. Out: the
sentence in the reader's language. Catalogues are `translations/<language>.po`; each is read once. What a catalogue
lacks stays English.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from ..metamodel.manifest import Label

FOLDER = Path(__file__).parent / "translations"


def translate(message: str, language: str, /, **params: Any) -> str:
    """The sentence in this language. A Label among the values is put in that language as well."""
    template = catalogue(language).get(message, message)
    texts = {name: value.text(language) if isinstance(value, Label) else value for name, value in params.items()}
    return template.format_map(_Lenient(texts))


@cache
def catalogue(language: str) -> dict[str, str]:
    """English template -> translation; empty for English and for languages without a catalogue."""
    file = FOLDER / f"{language}.po"
    if not language.isidentifier() or not file.exists():
        return {}
    with file.open("rb") as source:
        found = read_po(source, locale=language, abort_invalid=True)
    return {str(entry.id): str(entry.string) for entry in found if entry.id and entry.string and not entry.fuzzy}


class _Lenient(dict[str, Any]):
    """Leaves a part standing whose value nobody gave."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
