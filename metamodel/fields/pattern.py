"""Patterns that would take too long: found when they are compiled, not when somebody's text meets one.

In: a regular expression, the longest text that it will meet. Out: whether some text of that length keeps it busy.
Repetitions within repetitions, such as `(a+)+`, need a time that doubles with each character, and a server stands still
meanwhile. They are tried on growing texts of the characters that they name, until one takes too much processor time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

SHORT = 40
MOST_SECONDS = 0.25  # of processor time for one text
MOST_SECONDS_SHORT = 0.02  # for which a sound pattern takes microseconds
MOST_CHARACTERS = 10
COMMON = "aA0 -_."
TAILS = ("\x00", "!")  # what makes a match fail at its very end


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; raises re.error where it is none."""
    return re.compile(pattern)


@lru_cache(maxsize=4096)
def is_slow(pattern: str, longest: int) -> bool:
    """Whether a text of at most so many characters keeps the pattern busy for too long."""
    known = compiled(pattern)
    if not re.search(r"[*+{]", pattern):
        return False
    characters = "".join(dict.fromkeys(_named(pattern) + COMMON))[:MOST_CHARACTERS]
    for size in _sizes(longest):
        most = MOST_SECONDS_SHORT if size < SHORT else MOST_SECONDS
        pairs = product(characters, repeat=2) if size < SHORT else zip(characters, characters, strict=True)
        for first, second in pairs:
            body = (first + second) * (size // 2)
            if any(_seconds(known, body + tail) > most for tail in TAILS):
                return True
    return False


def _named(pattern: str) -> str:
    """The letters and digits of a pattern that stand for themselves."""
    return "".join(character for character in re.sub(r"\\.|\{[^}]*\}", "", pattern) if character.isalnum())


def _sizes(longest: int) -> Iterator[int]:
    """Growing slowly at first, so that a pattern whose time doubles is caught before it takes minutes."""
    size = 4
    while size < longest:
        yield size
        size += 2 if size < SHORT else size // 2
    yield longest


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    began = time.thread_time()
    pattern.fullmatch(text)
    return time.thread_time() - began
