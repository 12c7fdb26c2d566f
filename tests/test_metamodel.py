"""The metamodel's algebra and its promises: reading, merging, positions, the manifest as JSON, codes, schemas."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sartor
from sartor.metamodel.codes import CODES
from sartor.metamodel.compilation import Compiler
from sartor.metamodel.fields import TYPES
from sartor.metamodel.layer import Document
from sartor.metamodel.manifest import Manifest
from sartor.metamodel.merge import merge, ordered
from sartor.metamodel.reading import read_bytes
from sartor.metamodel.schema import published
from sartor.metamodel.shape_terms import KINDS
from sartor.metamodel.shapes import SHAPES
from sartor.metamodel.tree import Tree
from sartor.rules.compilation import compile_company

ROOT = Path(sartor.__file__).parent
NAMES = st.sampled_from(["name", "code", "level", "amount"])
SETTINGS = st.dictionaries(st.sampled_from(["max", "required", "help", "search"]), st.integers(1, 9), max_size=4)
PATCHES = st.dictionaries(NAMES, SETTINGS, max_size=4)


def document(fields: dict[str, dict[str, int]], layer: str, *, extends: bool) -> Document:
    text = json.dumps({"extends" if extends else "entity": "a.b" if extends else "b", "fields": fields})
    tree, problems = read_bytes(text.encode(), f"{layer}.json", layer)
    assert tree is not None, problems
    return Document("entity", "a.b", extends, layer, f"{layer}.json", tree)


def base() -> Document:
    fields = {name: {"type": "text", "max": 1} for name in ("name", "code", "level", "amount")}
    return document(fields, "a", extends=False)  # type: ignore[arg-type]


def merged(*patches: dict[str, dict[str, int]]) -> Tree:
    overlays = [document(patch, f"layer{index}", extends=True) for index, patch in enumerate(patches)]
    return merge("entity", [base(), *overlays])[0]


@given(PATCHES)
def test_merging_the_same_overlay_twice_equals_once(patch: dict[str, dict[str, int]]) -> None:
    assert merged(patch, patch) == merged(patch)


@given(PATCHES)
def test_what_no_overlay_names_stays_as_the_package_says(patch: dict[str, dict[str, int]]) -> None:
    result = merged(patch)
    for name, node in base().tree["fields"].items():
        for key, value in node.items():
            expected = patch.get(name, {}).get(key, value)
            assert result["fields"][name][key] == expected


@given(PATCHES, PATCHES)
def test_the_order_of_overlays_that_touch_different_properties_does_not_matter(
    first: dict[str, dict[str, int]], second: dict[str, dict[str, int]]
) -> None:
    second = {name: {k: v for k, v in node.items() if k not in first.get(name, {})} for name, node in second.items()}
    assert merged(first, second) == merged(second, first)


@given(PATCHES, PATCHES)
def test_every_value_knows_the_layer_that_set_it_and_what_that_replaced(
    first: dict[str, dict[str, int]], second: dict[str, dict[str, int]]
) -> None:
    fields = merged(first, second)["fields"]
    for name, node in fields.items():
        for key, value in node.items():
            says = [layer for layer, patch in (("layer0", first), ("layer1", second)) if key in patch.get(name, {})]
            mark = node.marks[key]
            assert mark.layer == (says[-1] if says else "a")
            assert value == (second if says[-1:] == ["layer1"] else first).get(name, {}).get(key, value)
            if len(says) == 2:
                assert mark.replaced is not None
                assert mark.replaced.mark.layer == "layer0"
                assert mark.replaced.value == first[name][key]


@given(PATCHES)
def test_merging_changes_none_of_its_inputs(patch: dict[str, dict[str, int]]) -> None:
    lowest, overlay = base(), document(patch, "layer0", extends=True)
    before = (json.dumps(lowest.tree), json.dumps(overlay.tree))
    merge("entity", [lowest, overlay])
    assert (json.dumps(lowest.tree), json.dumps(overlay.tree)) == before


def test_null_takes_a_property_back_and_removes_a_node() -> None:
    overlay, _ = read_bytes(b"extends: a.b\nfields: {name: {max: null}, code: null}\n", "o.yaml", "o")
    assert overlay is not None
    tree, problems = merge("entity", [base(), Document("entity", "a.b", True, "o", "o.yaml", overlay)])
    assert "max" not in tree["fields"]["name"]
    assert "code" not in tree["fields"]
    assert problems == []


def test_an_overlay_that_uses_a_fields_former_name_still_hits_it() -> None:
    lowest, _ = read_bytes(b"entity: b\nfields: {title: {type: text, was: name}}\n", "a.yaml", "a")
    overlay, _ = read_bytes(b"extends: a.b\nfields: {name: {max: 5}}\n", "o.yaml", "o")
    assert lowest is not None
    assert overlay is not None
    documents = [Document("entity", "a.b", False, "a", "a", lowest), Document("entity", "a.b", True, "o", "o", overlay)]
    tree, problems = merge("entity", documents)
    assert tree["fields"]["title"]["max"] == 5
    assert problems == []


def test_nodes_that_follow_the_same_node_keep_the_order_in_which_they_are_written() -> None:
    tree, _ = read_bytes(b"fields: {a: {}, b: {}, x: {after: a}, y: {after: a}, z: {before: a}}\n", "a.yaml", "a")
    assert tree is not None
    assert [name for name, _ in ordered(tree["fields"], [])] == ["z", "a", "x", "y", "b"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("no", "no"), ("on", "on"), ("yes", "yes"), ("true", True), ("False", False), ("null", None), ("~", None),
     ("", None), ("12", 12), ("0o14", 12), ("0x1F", 31), ("1.50", Decimal("1.50")), ("1e3", Decimal("1e3")),
     ("012", 12), ("1_000", "1_000"), ("12:30", "12:30"), ("2026-01-31", "2026-01-31"), ("'true'", "true"),
     ('"7"', "7"), (".inf", ".inf"), ("- 1", [1])],
)  # fmt: skip
def test_words_and_numbers_are_those_of_yaml_1_2(text: str, value: object) -> None:
    tree, problems = read_bytes(f"a:\n  {text}\n".encode(), "a.yaml", "a")
    assert problems == []
    assert tree is not None
    assert tree["a"] == value
    assert type(tree["a"]) is type(value) or isinstance(tree["a"], list)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=12,
))  # fmt: skip
def test_json_reads_as_json_says(value: object) -> None:
    source = json.dumps({"a": value})
    tree, problems = read_bytes(source.encode(), "a.json", "a")
    if any(
        re.search(r"[\x7f-\x9f\ufffe\uffff]", text)
        for text in re.findall(r'"[^"]*"', json.dumps(value, ensure_ascii=False))
    ):
        return  # characters that YAML does not print; JSON escapes them, and so they are read
    assert problems == [], source
    assert tree == json.loads(source)


@given(st.binary(max_size=60))
@settings(max_examples=300)
def test_no_bytes_make_the_reader_raise(content: bytes) -> None:
    for name in ("a.yaml", "a.json"):
        tree, problems = read_bytes(content, name, "a")
        assert tree is not None or problems


def test_the_standard_packages_compile_and_survive_being_written_as_json(tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text('company: all\nlabel: All\npackages: {oa: "*", crm: "*", erp: "*"}\n')
    manifest = compile_company(Compiler(), tmp_path).manifest
    assert manifest is not None
    written = manifest.to_json()
    assert Manifest.from_json(written) == manifest
    assert Manifest.from_json(written).to_json() == written
    assert list(Manifest.from_json(written).entities["crm.customer"].fields) == list(
        manifest.entities["crm.customer"].fields
    )


def test_compiling_again_after_a_change_gives_what_compiling_afresh_gives(tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text("company: shop\nlabel: Shop\n")
    (tmp_path / "entities").mkdir()
    bike, part = tmp_path / "entities" / "bike.yaml", tmp_path / "entities" / "part.yaml"
    bike.write_text("entity: bike\nfields:\n  name: {type: text}\n  parts: {type: lines, of: part, by: bike}\n")
    part.write_text("entity: part\nfields:\n  name: {type: text}\n  bike: {type: ref, of: bike}\n")
    compiler = Compiler()
    grown = part.read_text() + "  qty: {type: integer}\n"
    for text in (grown, grown + "  bad: {type: text, colour: red}\n", grown.replace("name", "title")):
        compile_company(compiler, tmp_path)
        part.write_text(text)
        again, afresh = compile_company(compiler, tmp_path), compile_company(Compiler(), tmp_path)
        assert again.problems == afresh.problems
        assert again.manifest == afresh.manifest


def test_every_code_that_the_product_uses_is_explained_and_every_explained_code_is_used() -> None:
    used = set()
    for room in ("metamodel", "rules", "platform"):
        for path in (ROOT / room).rglob("*.py"):
            if path.name != "codes.py":
                used.update(re.findall(r'"([A-Z]\d{3})"', path.read_text()))
    assert used <= set(CODES)
    assert set(CODES) - used == set()


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_the_published_schema_is_one_and_accepts_the_standard_packages(kind: str) -> None:
    schema = json.loads(json.dumps(published(kind)))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    pattern = f"*/{KINDS[kind]}/*.yaml" if kind in KINDS else f"*/{kind}.yaml"
    for path in sorted((ROOT / "definitions").glob(pattern)):
        tree, _ = read_bytes(path.read_bytes(), path.name, kind)
        value = json.loads(json.dumps(tree, default=float))
        errors = [error.message for error in validator.iter_errors(value)]
        assert errors == [], path


def test_the_published_schema_refuses_what_the_compiler_refuses() -> None:
    validator = jsonschema.Draft202012Validator(published("entity"))
    assert not validator.is_valid({"entity": "bike", "fields": {"name": {"type": "txt"}}})
    assert not validator.is_valid({"entity": "bike", "fields": {"name": {"type": "text", "scale": 2}}})
    assert not validator.is_valid({"fields": {}})
    assert validator.is_valid({"extends": "shop.bike", "fields": {"name": {"max": 5}, "color": None}})


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_example_of_every_field_type_is_a_sound_field_of_that_type(name: str) -> None:
    tree, problems = read_bytes(TYPES[name].example.encode(), "example.yaml", "a")
    assert tree is not None, problems
    (field,) = tree.values()
    assert field["type"] == name
    assert jsonschema.Draft202012Validator(published("entity")).is_valid(
        {"entity": "bike", "fields": json.loads(json.dumps(tree, default=str))}
    )


def test_the_quick_check_of_a_shape_and_the_thorough_one_agree() -> None:
    """Over every definition there is, sound or faulty: those of the packages and those of the golden cases."""
    from sartor.metamodel.check import _field_shape, _shape
    from sartor.tests.test_golden import CASES

    kinds = {folder: kind for kind, folder in KINDS.items()}
    sources = [(path.parent.name, path.read_bytes()) for path in (ROOT / "definitions").glob("*/*/*.yaml")]
    for case in CASES:
        sources += [(Path(name).parent.name, text.encode()) for name, text in case.files.items()]
    verdicts = set()
    for folder, content in sources:
        tree, _ = read_bytes(content, "a.yaml", "a")
        if tree is None or folder not in kinds:
            continue
        shapes = [(_shape(kinds[folder]), tree)]
        shapes += [
            (_field_shape(field["type"]), field) for _, field in tree.trees("fields") if str(field.get("type")) in TYPES
        ]
        for shape, node in shapes:
            sound = shape._quick.is_valid(node)
            assert sound == (not list(shape._thorough.iter_errors(node))), node
            verdicts.add(sound)
    assert verdicts == {True, False}
