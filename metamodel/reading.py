"""Read definition files, YAML 1.2 or JSON, keeping positions.

In: the bytes of a file. Out: a Tree, or problems. Knows nothing of what the keys mean.

YAML is scanned by libyaml; the values are ours: the words of YAML 1.2's core schema (`no` and `on` are texts), exact
decimals for numbers with a point, no anchors, no tags, no duplicate keys.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave out the C parser itself

from .place import Mark, Place
from .problem import Problem
from .tree import Items, Tree

LARGEST_FILE = 2_000_000  # bytes
DEEPEST = 40
WORDS = {word: value for text, value in (("null", None), ("true", True), ("false", False)) for word in
         (text, text.capitalize(), text.upper())} | {"~": None, "": None}  # fmt: skip
INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
OCTAL_OR_HEX = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
PLAIN, QUOTED = "plain", "quoted"


class _Composer(CParser):
    """libyaml's composer, with tags that only say whether a scalar was written plain."""

    def resolve(self, _kind: type, _value: Any, implicit: Any) -> str:
        return PLAIN if implicit is not True and implicit and implicit[0] else QUOTED

    def descend_resolver(self, _parent: Any, _index: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class _Fault(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def read_file(path: Path, shown: str, layer: str) -> tuple[Tree | None, list[Problem]]:
    """Read a file; `shown` is how problems name it. Never raises for what is in the file."""
    start = Place(shown, 1, 1)
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None, [Problem(start, "R101", f"the file is larger than {LARGEST_FILE:,} bytes", "split it")]
        content = path.read_bytes()
    except OSError as error:
        return None, [Problem(start, "R101", f"the file cannot be read: {error.strerror}", "check its path and rights")]
    return read_bytes(content, shown, layer)


def read_bytes(content: bytes, shown: str, layer: str) -> tuple[Tree | None, list[Problem]]:
    """Read the content of a file, as `read_file` does."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = Place(shown, line, error.start - content.rfind(b"\n", 0, error.start))
        return None, [Problem(place, "R101", "the file is not UTF-8", "save it as UTF-8")]
    if shown.endswith(".json"):
        try:
            json.loads(text)
        except RecursionError:
            return None, [Problem(Place(shown, 1, 1), "R108", "the definition is nested too deeply", "flatten it")]
        except json.JSONDecodeError as error:
            return None, [
                Problem(Place(shown, error.lineno, error.colno), "R102", f"not JSON: {error.msg}", "correct it")
            ]
        # JSON writes a character beyond the basic plane as two escapes, which YAML would read as two characters.
        text = SURROGATES.sub(lambda pair: json.loads(f'"{pair[0]}"'), text)
    try:
        node = _compose(text, shown)
        problems: list[Problem] = []
        return _Builder(shown, layer, problems).tree(node, 0), sorted(problems)
    except _Fault as fault:
        return None, [fault.problem]


def _compose(text: str, shown: str) -> yaml.MappingNode:
    try:
        composer = _Composer(text)
        try:
            node = composer.get_single_node()
        finally:
            composer.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(shown, mark.line + 1, mark.column + 1) if mark else Place(shown, 1, 1)
        if error.context == "expected a single document in the stream":
            raise _Fault(
                Problem(place, "R104", "a second document begins here", "put each object in a file of its own")
            ) from None
        if "alias" in (error.problem or ""):
            raise _Fault(Problem(place, "R106", error.problem or "", "write the value out")) from None
        fact = "not YAML: " + " ".join(part for part in (error.context, error.problem) if part)
        raise _Fault(Problem(place, "R102", fact, "check indentation, quotes and brackets")) from None
    except (yaml.reader.ReaderError, yaml.YAMLError) as error:
        raise _Fault(
            Problem(Place(shown, 1, 1), "R102", f"not YAML: {str(error).splitlines()[0]}", "remove it")
        ) from None
    if node is None:
        raise _Fault(
            Problem(
                Place(shown, 1, 1), "R104", "the file is empty", "write the object's name, such as `entity: customer`"
            )
        )
    if not isinstance(node, yaml.MappingNode):
        place = Place(shown, node.start_mark.line + 1, node.start_mark.column + 1)
        raise _Fault(
            Problem(
                place, "R104", "the file holds no mapping at the top", "write properties, such as `entity: customer`"
            )
        )
    return node


class _Builder:
    """Turns composed nodes into trees; collects what is wrong on the way."""

    def __init__(self, shown: str, layer: str, problems: list[Problem]) -> None:
        self.shown = shown
        self.layer = layer
        self.problems = problems
        self.seen: set[int] = set()

    def tree(self, node: yaml.MappingNode, depth: int) -> Tree:
        start = node.start_mark
        tree = Tree(Place(self.shown, start.line + 1, start.column + 1))
        if not self._enter(node, depth):
            return tree
        marks = tree.marks
        for key_node, value_node in node.value:
            at, to = key_node.start_mark, value_node.start_mark
            mark = Mark(self.layer, self.shown, at.line + 1, at.column + 1, to.line + 1, to.column + 1)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in (PLAIN, QUOTED):
                self.problems.append(Problem(mark.key, "R105", "a key that is no name", "write a name"))
                continue
            key = key_node.value
            if key == "<<" and key_node.tag == PLAIN:
                self.problems.append(Problem(mark.key, "R106", "merge keys are not read", "write the values out"))
                continue
            if key in marks:
                fact = f'"{key}" stands twice, first in line {marks[key].key_line}'
                self.problems.append(Problem(mark.key, "R103", fact, "remove one of them"))
                continue
            if self._first(value_node):
                tree[key] = self.value(value_node, depth + 1)
                marks[key] = mark
        return tree

    def value(self, node: yaml.Node, depth: int) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if isinstance(node, yaml.MappingNode):
            return self.tree(node, depth)
        items = Items()
        if self._enter(node, depth):
            for item in node.value:
                if self._first(item):
                    at = Place(self.shown, item.start_mark.line + 1, item.start_mark.column + 1)
                    items.append(self.value(item, depth + 1))
                    items.marks.append(Mark(self.layer, *at, at.line, at.column))
        return items

    def scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.tag == QUOTED or node.tag == "tag:yaml.org,2002:str":
            return text
        if node.tag != PLAIN:
            place = Place(self.shown, node.start_mark.line + 1, node.start_mark.column + 1)
            self.problems.append(Problem(place, "R107", f'tag "{node.tag}" is not read', "remove it"))
            return text
        if text in WORDS:
            return WORDS[text]
        first = text[0]
        if first in "-+.0123456789":
            if INTEGER.fullmatch(text):
                return int(text)
            if FLOAT.fullmatch(text):
                return Decimal(text)
            if OCTAL_OR_HEX.fullmatch(text):
                return int(text, 0)
        return text

    def _first(self, node: yaml.Node) -> bool:
        if id(node) not in self.seen:
            self.seen.add(id(node))
            return True
        place = Place(self.shown, node.start_mark.line + 1, node.start_mark.column + 1)
        self.problems.append(
            Problem(place, "R106", "an alias repeats this value elsewhere", "write the value out there")
        )
        return False

    def _enter(self, node: yaml.Node, depth: int) -> bool:
        if depth > DEEPEST:
            place = Place(self.shown, node.start_mark.line + 1, node.start_mark.column + 1)
            self.problems.append(
                Problem(place, "R108", f"the definition is nested more than {DEEPEST} deep", "flatten it")
            )
            return False
        return True
