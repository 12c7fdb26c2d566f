"""What the rules of sample sets say: their words, and the check that finds faults before a demo is made.

In: a manifest and the trees with their marks. Out: problems with places. How values are drawn is the platform's; this
knows no random numbers and no database. `docs/samples.md` explains every rule with an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..metamodel.manifest import Entity, Field, Manifest
from ..metamodel.place import Place
from ..metamodel.problem import Problem, suggestion
from ..metamodel.tree import Items, Tree

LANGUAGES = frozenset({"en", "zh"})
LATE = frozenset({"sum", "count", "latest", "earliest"})
NOTHING = "nothing"  # null is no value in a definition: it takes back what lower layers say
PART = re.compile(r"\{(?P<path>[a-z][a-z0-9_.]*)(?::0(?P<width>\d))?\}")
DAY = re.compile(
    r"(?P<base>[a-z][a-z0-9_.]*|\d{4}-\d{2}-\d{2})\s*(?:(?P<sign>[+-])\s*(?P<number>\d{1,5})(?P<unit>[dhm]))?"
)
ROOTS = ("n", "k", "year", "owner", "source")

# Each word with the words that may stand beside it, and those inside it where it holds a mapping.
BESIDE: dict[str, tuple[str, ...]] = {
    "value": (),
    "pick": (),
    "some": (),
    "number": (),
    "date": (),
    "datetime": (),
    "time": (),
    "faker": ("with", "language"),
    "ref": (),
    "of": ("times", "per", "plus", "most", "least"),
    "template": ("with",),
    "by": ("cases", "else"),
    "rows": (),
    "sum": (),
    "count": (),
    "latest": (),
    "earliest": (),
}
INSIDE: dict[str, tuple[str, ...]] = {
    "some": ("from", "to", "of", "where"),
    "number": ("from", "to", "step", "lean"),
    "date": ("from", "to", "most"),
    "datetime": ("from", "to", "most", "hours"),
    "time": ("from", "to", "step"),
    "ref": ("of", "where", "take"),
    "rows": ("from", "to", "each", "share", "fields"),
    "sum": ("of", "by", "field", "where"),
    "count": ("of", "by", "where"),
    "latest": ("of", "by", "field", "where"),
    "earliest": ("of", "by", "field", "where"),
}
SETTINGS = ("languages", "language_of", "for_each", "on", "by", "after", "distinct")
FOR_EACH = ("of", "field", "where", "from", "to", "chance")


def word_of(rule: Any) -> str | None:
    """The word of a rule: `pick`, `number`, …; None for a literal, and for one rule a language."""
    if not isinstance(rule, Mapping):
        return None
    for key in rule:
        if key in BESIDE:
            return str(key)
    return None


def language_rule(rule: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The rules by language, where a rule is one rule a language."""
    spoken = {key: part for key, part in rule.items() if key in LANGUAGES}
    return spoken if spoken and all(key in LANGUAGES or key == "chance" for key in rule) else None


def check_samples(manifest: Manifest, trees: Mapping[tuple[str, str], Tree]) -> list[Problem]:
    """All that is wrong with the sample sets of a company."""
    problems: list[Problem] = []
    for samples in manifest.samples:
        tree = trees[("samples", samples.name)]
        problems.extend(_Check(manifest, samples.name).set(manifest.entities[samples.entity], tree))
    return problems


@dataclass(frozen=True, slots=True)
class _Check:
    manifest: Manifest
    name: str

    def set(self, entity: Entity, tree: Tree) -> Iterator[Problem]:
        settings = tree.get("settings")
        if isinstance(settings, Tree):
            yield from self._known(settings, SETTINGS, "setting")
            each = settings.get("for_each")
            if isinstance(each, Tree):
                yield from self._known(each, FOR_EACH, "setting")
                target = each.get("of")
                if "field" in each:
                    yield from self._field(entity, each, "field")
                    known = entity.fields.get(each["field"])
                    target = target or (known.settings.get("of") if known else None)
                yield from self._where(target, each)
            for key in ("on", "by", "language_of"):
                yield from self._field(entity, settings, key) if key in settings else ()
        yield from self._fields(entity, tree["fields"])

    def _fields(self, entity: Entity, fields: Tree) -> Iterator[Problem]:
        for name, rule in fields.items():
            known = entity.fields.get(name)
            if known is None:
                fact = f'no field "{name}" in {entity.name}'
                yield self._problem(fields.key_place(name), "L202", fact, suggestion(name, entity.fields))
            elif known.computed or known.type == "related":
                fact = f'"{name}" is not written by hand'
                yield self._problem(fields.key_place(name), "L209", fact, "leave it out")
            else:
                yield from self._rule(entity, known, rule, fields.value_place(name))

    def _rule(self, entity: Entity, known: Field, rule: Any, place: Place) -> Iterator[Problem]:
        if isinstance(rule, Items):
            for part, mark in zip(rule, rule.marks, strict=True):
                yield from self._rule(entity, known, part, mark.value)
        if not isinstance(rule, Tree):
            return
        spoken = language_rule(rule)
        if spoken is not None:
            for key, part in spoken.items():
                yield from self._rule(entity, known, part, rule.value_place(key))
            return
        word = word_of(rule)
        if word is None:
            key = next(iter(rule), "")
            fact = f'"{key}" is no rule' if key else "the rule is empty"
            yield self._problem(rule.key_place(key), "L209", fact, suggestion(key, BESIDE))
            return
        yield from self._known(rule, (word, "chance", *BESIDE[word]), "word")
        said = rule[word]
        if word in INSIDE and not (word == "ref" and isinstance(said, str)):
            if not isinstance(said, Tree):
                yield self._problem(
                    rule.value_place(word), "L209", f'"{word}" holds a mapping', f"known: {', '.join(INSIDE[word])}"
                )
                return
            yield from self._known(said, INSIDE[word], "word")
        yield from self._parts(entity, known, word, rule, said)

    def _parts(self, entity: Entity, known: Field, word: str, rule: Tree, said: Any) -> Iterator[Problem]:
        """The rules, paths and names inside a rule."""
        match word:
            case "pick":
                yield from self._rule(entity, known, said, rule.value_place(word)) if isinstance(said, Items) else ()
                yield from self._options(known, rule, said)
            case "by":
                cases = rule.get("cases")
                if not isinstance(cases, Tree):
                    yield self._problem(
                        rule.key_place(word), "L209", "`by` needs `cases`", "write `cases: {value: rule}`"
                    )
                else:
                    for key, part in cases.items():
                        yield from self._rule(entity, known, part, cases.value_place(key))
                yield from self._rule(entity, known, rule.get("else"), rule.value_place("else"))
                yield from self._path(entity, said, rule.value_place(word))
            case "of":
                yield from self._path(entity, said, rule.value_place(word))
            case "date" | "datetime":
                for key in ("from", "to", "most"):
                    yield from self._day(entity, said, key)
            case "ref" | "some":
                yield from self._where(_target(known, said), said) if isinstance(said, Tree) else ()
            case "rows":
                yield from self._rows(known, rule, said)
            case "sum" | "count" | "latest" | "earliest":
                yield from self._where(said.get("of"), said)
                child = self.manifest.entities.get(said.get("of", ""))
                for key in ("by", "field"):
                    yield from self._field(child, said, key) if child is not None and key in said else ()

    def _rows(self, known: Field, rule: Tree, said: Tree) -> Iterator[Problem]:
        child = self.manifest.entities.get(known.settings.get("of", "")) if known.type == "lines" else None
        if child is None:
            yield self._problem(rule.key_place("rows"), "L209", f'"{known.name}" has no rows', "use another rule")
        elif isinstance(said.get("fields"), Tree):
            yield from self._fields(child, said["fields"])

    def _options(self, known: Field, rule: Tree, said: Any) -> Iterator[Problem]:
        if not isinstance(said, (Tree, Items)) or not said:
            yield self._problem(
                rule.value_place("pick"), "L209", "nothing to pick from", "write `pick: {one: 1, other: 2}`"
            )
        elif known.options and isinstance(said, Tree):
            for option in said:
                if option not in known.options:
                    fact = f'"{known.name}" has no option "{option}"'
                    yield self._problem(said.key_place(option), "L209", fact, suggestion(option, known.options))

    def _day(self, entity: Entity, said: Tree, key: str) -> Iterator[Problem]:
        if key not in said:
            return
        match = DAY.fullmatch(str(said[key]).strip())
        if match is None:
            fact = f'"{said[key]}" is no day'
            yield self._problem(said.value_place(key), "L209", fact, "write today-30d, or a field: order_date+5d")
        elif match["base"] not in ("today", "now") and not match["base"][0].isdigit():
            yield from self._path(entity, match["base"], said.value_place(key))

    def _path(self, entity: Entity, path: Any, place: Place) -> Iterator[Problem]:
        first = str(path).partition(".")[0]
        if first not in entity.fields and first not in ROOTS:
            fact = f'no field "{first}" in {entity.name}'
            yield self._problem(place, "L202", fact, suggestion(first, entity.fields))

    def _where(self, target: Any, said: Tree) -> Iterator[Problem]:
        entity = self.manifest.entities.get(target) if isinstance(target, str) else None
        if entity is None and target is not None:
            place = said.value_place("of")
            yield self._problem(place, "L201", f'no entity "{target}"', suggestion(str(target), self.manifest.entities))
        where = said.get("where")
        if entity is not None and isinstance(where, Tree):
            for name in where:
                if name not in entity.fields:
                    fact = f'no field "{name}" in {entity.name}'
                    yield self._problem(where.key_place(name), "L202", fact, suggestion(name, entity.fields))

    def _field(self, entity: Entity, tree: Tree, key: str) -> Iterator[Problem]:
        if tree[key] not in entity.fields:
            fact = f'no field "{tree[key]}" in {entity.name}'
            yield self._problem(tree.value_place(key), "L202", fact, suggestion(str(tree[key]), entity.fields))

    def _known(self, tree: Tree, words: tuple[str, ...], what: str) -> Iterator[Problem]:
        for key in tree:
            if key not in words:
                yield self._problem(tree.key_place(key), "L209", f'no {what} "{key}" here', suggestion(key, words))

    def _problem(self, place: Place, code: str, fact: str, remedy: str) -> Problem:
        return Problem(place, code, f'samples "{self.name}": {fact}', remedy)


def _target(known: Field, said: Mapping[str, Any]) -> Any:
    """The entity that a rule picks from."""
    of = said.get("of")
    return of if isinstance(of, str) else known.settings.get("of")
