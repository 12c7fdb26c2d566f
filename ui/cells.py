"""Values as pages show them.

In: a field, its value in a record, the visit. Out: a Cell: which shape to draw and the texts in it; a template macro
draws it. The same cells stand in lists, details, grids, histories and exports.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from ..metamodel.invalid import N_
from ..metamodel.manifest import Entity, Field, Option
from ..platform.query.paths import own_field
from .shell import record_url
from .visit import Visit

RIGHT = frozenset({"integer", "decimal", "money", "percent", "quantity", "duration"})
COLORS = frozenset(  # those that the style sheet knows as c-<name>
    (
        "blue",
        "azure",
        "indigo",
        "purple",
        "pink",
        "red",
        "orange",
        "yellow",
        "lime",
        "green",
        "teal",
        "cyan",
        "gray",
        "dark",
    )
)
HAN = re.compile(r"[\u3400-\u9fff]")
WORDS = {"long_text": "long", "rich_text": "html", "address": "address"}  # shown as they are, in a shape of their own


@dataclass(frozen=True)
class Cell:
    """A value to draw. `kind`: text, number, badge, badges, link, links, person, yes, no, files, images, html, long,
    color, stars, address, place, json, state, empty.
    """

    kind: str
    text: str = ""
    href: str | None = None
    color: str | None = None
    items: tuple[Cell, ...] = ()
    number: int = 0
    most: int = 0

    @property
    def right(self) -> bool:
        """Whether it lines up at the right."""
        return self.kind == "number"


EMPTY = Cell("empty")


class Cells:
    """Draws the values of records for one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._units: dict[int, Mapping[str, Option]] = {}
        self._makers: dict[str, Callable[[Field, Any, Mapping[str, Any], str], Cell]] = {
            "boolean": self._boolean,
            "choice": self._choice,
            "choices": self._choices,
            "ref": self._ref,
            "department": self._ref,
            "any_ref": self._any_ref,
            "many": self._many,
            "user": self._user,
            "email": self._contact,
            "phone": self._contact,
            "url": self._contact,
            "color": self._mark,
            "rating": self._mark,
            "address": self._address,
            "geo_point": self._place,
            "json": self._json,
            "file": self._files,
            "image": self._files,
            "signature": self._files,
        } | dict.fromkeys((*RIGHT, "date", "datetime", "time"), self._measure)

    def cell(self, field: Field, record: Mapping[str, Any], path: str | None = None) -> Cell:
        """The cell of a field in a record; `path` where it is not the field's own name."""
        where = path or field.name
        value = record.get(where)
        if value is None or value in ("", [], {}):
            return EMPTY
        maker = self._makers.get(field.type)
        return Cell(WORDS.get(field.type, "text"), str(value)) if maker is None else maker(field, value, record, where)

    def title(self, entity: Entity, record: Mapping[str, Any]) -> str:
        """What a record is called."""
        for name in dict.fromkeys((entity.title_in(self.visit.language), entity.title)):
            field = own_field(entity, name)
            text = self.cell(field, record).text if field is not None else ""
            if text:
                return text
        return f"#{record['id']}"

    def totals(self, field: Field, value: Any) -> tuple[Cell, ...]:
        """A total; several where a currency or unit keeps them apart."""
        if not isinstance(value, Mapping):
            return () if value is None else (self.cell(field, {field.name: value}),)
        said = field.settings.get("currency") or field.settings.get("unit")
        by = next(iter(said.values())) if isinstance(said, dict) else ""
        return tuple(
            self.cell(field, {field.name: total, by: key, "$owner": {by: key}})
            for key, total in value.items()
            if total is not None
        )

    def state(self, entity: Entity, record: Mapping[str, Any]) -> Cell | None:
        """The badge of the record's state, where it has a lifecycle that may be read."""
        life = entity.lifecycle
        if life is None or record.get(life.field) is None:
            return None
        return self._option(entity.fields[life.field], record[life.field], entity)

    def _option(self, field: Field, value: Any, entity: Entity | None = None) -> Cell:
        option: Option | None = (field.options or {}).get(value)
        color = option.color if option is not None else None
        if entity is not None and entity.lifecycle is not None and value in entity.lifecycle.states:
            state = entity.lifecycle.states[value]
            return Cell("badge", self.visit.text(state.label), color=state.color or color)
        text = self.visit.text(option.label) if option is not None else str(value)
        return Cell("badge" if color in COLORS else "text", text, color=color)

    def _choice(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        return self._option(field, value)

    def _choices(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        return Cell("badges", items=tuple(self._option(field, one) for one in value))

    def _measure(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        """Numbers and times."""
        return Cell("number" if field.type in RIGHT else "text", self._measured(field, value, record))

    def _measured(self, field: Field, value: Any, record: Mapping[str, Any]) -> str:
        formats = self.visit.format
        match field.type:
            case "money":
                return formats.money(value, formats.currency_of(field, record))
            case "quantity":
                return f"{formats.trimmed(value)} {self._unit(field, record)}".strip()
            case "percent":
                return formats.percent(value)
            case "decimal":
                return formats.number(value, field.settings["scale"])
            case "duration":
                return formats.duration(value)
            case "date":
                return formats.day(value)
            case "datetime":
                return formats.moment(value)
            case "time":
                return formats.time(value)
        return formats.integer(value)

    def _unit(self, field: Field, record: Mapping[str, Any]) -> str:
        """The unit as people read it; one that a choice names, by the label of the option."""
        unit = self.visit.format.unit_of(field, record)
        said = field.settings.get("unit")
        if not unit or not isinstance(said, dict):
            return unit
        key = id(field)  # fields live as long as the manifest, and are no keys themselves
        if key not in self._units:
            self._units[key] = self._naming(field, said)
        option = self._units[key].get(unit)
        return self.visit.text(option.label) if option is not None else unit

    def _naming(self, field: Field, said: Mapping[str, str]) -> Mapping[str, Option]:
        """The options of the field that names a unit, if it is a choice."""
        entities = self.visit.manifest.entities
        entity = next((one for one in entities.values() if one.fields.get(field.name) is field), None)
        if entity is not None and "owner" in said:
            entity = entities[entity.owner.entity] if entity.owner is not None else None
        named = entity.fields.get(said.get("field") or said.get("owner", "")) if entity is not None else None
        return (named.options if named is not None else None) or {}

    def _user(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        return Cell("person", str(label_of(record, path) or f"#{value}"))

    def _contact(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        if field.type == "url":
            return Cell("link", _bare(value), value)
        return Cell("link", value, f"mailto:{value}" if field.type == "email" else f"tel:{''.join(value.split())}")

    def _mark(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        if field.type == "color":
            return Cell("color", value, color=value)
        return Cell("stars", str(value), number=value, most=field.settings["max"])

    def _json(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        return Cell("json", json.dumps(value, ensure_ascii=False, indent=2))

    def _boolean(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        return Cell("yes", self.visit.say(N_("Yes"))) if value else Cell("no", self.visit.say(N_("No")))

    def _ref(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        return self.link(field.settings["of"], value, str(label_of(record, path) or f"#{value}"))

    def link(self, entity: str, record_id: int, text: str) -> Cell:
        """A link to a record, where it may be read."""
        definition = self.visit.manifest.entities.get(entity)
        if definition is None or definition.owner is not None or not self.visit.access.can(entity, "read"):
            return Cell("text", text)
        return Cell("link", text, record_url(self.visit.company, entity, record_id))

    def _any_ref(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        return self.link(value["entity"], value["id"], str(label_of(record, path) or f"#{value['id']}"))

    def _many(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        labels = label_of(record, path)
        texts = list(labels.values()) if isinstance(labels, Mapping) else list(labels or ())
        pairs = zip(value, texts if len(texts) == len(value) else [f"#{one}" for one in value], strict=True)
        return Cell("links", items=tuple(self.link(field.settings["of"], key, str(text)) for key, text in pairs))

    def _address(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        parts = [value.get(name, "") for name in ("country", "province", "city", "district", "street", "postcode")]
        country = parts[0]
        at_home = country.upper() == self.visit.manifest.company.country
        parts[0] = "" if at_home and any(parts[1:5]) else self.visit.format.country(country)  # nobody writes it at home
        if any(HAN.search(part) for part in parts[1:5]):  # Chinese writes from the large to the small, without commas
            return Cell("address", " ".join(part for part in ("".join(parts[:5]), parts[5]) if part))
        return Cell("address", ", ".join(part for part in reversed(parts) if part))

    def _place(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        lat, lon = f"{value['lat']:f}", f"{value['lon']:f}"
        href = f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=16/{lat}/{lon}"
        return Cell("place", f"{lat}, {lon}", href)

    def _files(self, field: Field, value: Any, record: Mapping[str, Any], path: str) -> Cell:
        known = record.get("$files") or {}
        kind = "files" if field.type == "file" else "images"
        return Cell(kind, items=tuple(self.file(one, known) for one in (value if isinstance(value, list) else [value])))

    def file(self, value: Any, known: Mapping[str, Any]) -> Cell:
        """A stored file: its id, or what is known of it."""
        key = value.get("id") if isinstance(value, Mapping) else value
        about = value if isinstance(value, Mapping) else known.get(str(key))
        name, size = _about(about, "name"), _about(about, "size")
        href = url_for("file.download", company=self.visit.company, file_id=key)
        return Cell("file", str(name or key), href, color=str(key), number=int(size or 0))


def label_of(record: Mapping[str, Any], path: str) -> Any:
    """What a reference is called, as it came with the record."""
    return (record.get("$labels") or {}).get(path)


def _about(about: Any, part: str) -> Any:
    return about.get(part) if isinstance(about, Mapping) else getattr(about, part, None)


def _bare(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")
