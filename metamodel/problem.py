"""What is wrong with a definition: place, fact, remedy.

In: facts found by any stage. Out: Problem values that sort by place and print as one line each.
Exceptions are for the edges; inside, stages collect problems and return all of them at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from .place import NOWHERE, Place


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: `path:line:col: fact; remedy [code]`. A warning does not stop a compilation."""

    place: Place
    code: str
    fact: str
    remedy: str = ""
    warning: bool = False

    def __str__(self) -> str:
        level = "warning: " if self.warning else ""
        where = f"{self.place}: " if self.place != NOWHERE else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return _one_line(f"{where}{level}{self.fact}{remedy} [{self.code}]")

    def as_json(self) -> dict[str, object]:
        """The same as a mapping, for `--json`."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "code": self.code,
            "level": "warning" if self.warning else "error",
            "fact": self.fact,
            "remedy": self.remedy,
        }


def _one_line(text: str) -> str:
    """With line ends and other characters that do not print written out, as they are in YAML and JSON."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class DefinitionError(Exception):
    """Raised at the edges only: the definitions have problems, and nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether any of the problems is more than a warning."""
    return any(not problem.warning for problem in problems)


def suggestion(unknown: str, known: Iterable[str], *, most: int = 8) -> str:
    """A remedy for an unknown name: the nearest known one, or else the known ones (at most `most`)."""
    names = sorted(set(known))
    bare = {name.rsplit(".", 1)[-1]: name for name in names}
    near = difflib.get_close_matches(unknown, names, n=1, cutoff=0.6)
    if not near and unknown.rsplit(".", 1)[-1] in bare:
        near = [unknown.rsplit(".", 1)[-1]]
    if not near:
        near = difflib.get_close_matches(unknown.rsplit(".", 1)[-1], bare, n=1, cutoff=0.75)
    if near:
        return f'did you mean "{bare.get(near[0], near[0])}"?'
    if not names:
        return "none is defined here"
    shown = ", ".join(names[:most]) + (", …" if len(names) > most else "")
    return f"known: {shown}"
