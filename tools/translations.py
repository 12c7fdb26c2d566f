"""Keep the catalogues of translations in step with the sentences in the code: `python tools/translations.py [--check]`.

In: sentences marked in Python (`N_`, `say`, `tell`, `translate`, `count_of`) and in templates (`_`, `_n`). Out: each
catalogue with every sentence that is said, an empty translation for what is new, and nothing that is no longer said.
With `--check` nothing is written, and what is missing or left over is told. Identity keeps its own (platform/identity).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "platform" / "translations"
PYTHON = {"N_": None, "say": None, "tell": None, "translate": None, "count_of": (1, 2)}
TEMPLATES = {"_": None, "gettext": None, "_n": (1, 2)}
IDENTITY = ROOT / "platform" / "identity"  # says its sentences through its own catalogue


def main(arguments: list[str]) -> int:
    """Write the catalogues, or compare them."""
    wanted = set(said())
    faults = []
    for path in sorted(FOLDER.glob("*.po")):
        catalogue = read(path)
        known = {str(message.id): message for message in catalogue if message.id}
        faults += [f"{path.name}: not translated: {text}" for text in sorted(wanted) if not _translated(known, text)]
        faults += [f"{path.name}: no longer said: {text}" for text in sorted(set(known) - wanted)]
        if "--check" not in arguments:
            path.write_bytes(written(known, wanted, path.stem))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def said() -> Iterator[str]:
    """Every sentence of the product."""
    for room in ("metamodel", "rules", "platform", "ui"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if IDENTITY not in path.parents:
                yield from _extracted("python", path, PYTHON)
    for path in sorted((ROOT / "ui" / "templates").rglob("*.html")):
        yield from _extracted("jinja2.ext:babel_extract", path, TEMPLATES)


def read(path: Path) -> Catalog:
    """A catalogue from its file."""
    with path.open("rb") as source:
        return read_po(source, locale=path.stem, abort_invalid=True)


def written(known: dict[str, object], wanted: set[str], language: str) -> bytes:
    """A catalogue as its file holds it: sorted, a sentence a line, so that two who add one rarely meet."""
    whole = Catalog(locale=language, project="Sartor", header_comment="# The sentences of Sartor.", fuzzy=False)
    for text in sorted(wanted):
        whole.add(text, getattr(known.get(text), "string", ""))
    target = BytesIO()
    write_po(target, whole, width=0, omit_header=True, sort_output=True, no_location=True)
    return target.getvalue()


def _translated(known: dict[str, object], text: str) -> bool:
    return bool(getattr(known.get(text), "string", ""))


def _extracted(method: str, path: Path, keywords: dict[str, tuple[int, ...] | None]) -> Iterator[str]:
    options = {"trimmed": "true", "silent": "false"} if "jinja" in method else {}
    with path.open("rb") as source:
        for _, messages, _, _ in extract(method, source, keywords=keywords, options=options):
            yield from (text for text in (messages if isinstance(messages, tuple) else (messages,)) if text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
