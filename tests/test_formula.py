"""Expressions and computed fields: exact values, nulls, types, order of computation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sartor.metamodel.invalid import Invalid
from sartor.rules.expression import DEEPEST, HIGHEST, ExpressionError, Node, parse
from sartor.rules.expression_python import compile_python, evaluate
from sartor.rules.expression_types import Scope, infer
from sartor.rules.formula import compute, in_order
from sartor.tests.manifests import entity, field, manifest

D = Decimal


def value(source: str, **record: Any) -> Any:
    return evaluate(compile_python(parse(source)), record)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", D(7)), ("(1 + 2) * 3", D(9)), ("10 - 2 - 3", D(5)), ("-2 * -3", D(6)), ("2 - -3", D(5)),
        ("1.10 + 2.20", D("3.30")), ("0.1 + 0.2 = 0.3", True), ("1.0 = 1", True),
        ("round(2.345, 2)", D("2.35")), ("round(-2.345, 2)", D("-2.35")), ("round(0.5, 0)", D(1)),
        ("round(-0.5, 0)", D(-1)),
        ("round(1 / 3, 4)", D("0.3333")), ("round(2 / 3, 2)", D("0.67")), ("round(-1 / 8, 2)", D("-0.13")),
        ("round(1 / 0, 2)", None), ("round(null / 2, 2)", None), ("null + 1", None), ("null < 1", None),
        ("null = null", True),
        ("null != 1", True), ("null = 0", False), ("null and false", False), ("null and true", None),
        ("null or true", True),
        ("null or false", None), ("not null", None), ("not true or true", True), ("not (true or true)", False),
        ("not 1 = 2", True), ("true and not false", True), ("if null then 1 else 2", D(2)),
        ("if 1 < 2 then 'a' else 'b'", "a"),
        ("coalesce(null, null, 3)", D(3)), ("min(3, 1, 2)", D(1)), ("max('a', 'b')", "b"), ("min(1, null)", None),
        ("abs(-1.50)", D("1.50")), ("'it\\'s'", "it's"), ("'a' < 'b'", True),
        ("if true then 1 else if true then 2 else 3", D(1)),
    ],
)  # fmt: skip
def test_an_expression_has_this_value(source: str, expected: object) -> None:
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


ROWS = [
    {"qty": D(2), "price": D(10)},
    {"qty": D(1), "price": D("3.50")},
    {"qty": None, "price": D(5)},
    {"qty": D(3), "price": None},
]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sum(for l in lines return l.qty * l.price)", D("23.50")), ("count(for l in lines return l.qty)", D(3)),
        ("count(for l in lines return l.qty > 2)", D(1)), ("min(for l in lines return l.price)", D("3.50")),
        ("max(for l in lines return l.price)", D(10)), ("sum(for l in none return l.qty)", D(0)),
        ("max(for l in none return l.qty)", None), ("sum(for l in lines return l.qty * rate)", D(12)),
        ("round(sum(for l in lines return l.price) / count(for l in lines return l.price), 3)", D("6.167")),
    ],
)  # fmt: skip
def test_rows_are_aggregated_without_their_nulls(source: str, expected: object) -> None:
    assert value(source, lines=ROWS, none=[], rate=D(2)) == expected


NUMBERS = st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False)
EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "c"]) | st.integers(0, 99).map(str),
    lambda inner: (
        st.builds(lambda left, sign, right: f"({left} {sign} {right})", inner, st.sampled_from("+-*"), inner)
        | inner.map(lambda one: f"(-{one})" if not one.startswith("-") else one)
        | st.builds(lambda one, n: f"round({one}, {n})", inner, st.integers(0, 4))
    ),
    max_leaves=8,
)


def oracle(node: Node, record: dict[str, Decimal | None]) -> Fraction | None:
    """The same value in rational numbers, worked out from the tree by other means."""
    from sartor.rules.expression import Binary, Call, Literal, Name, Unary

    match node:
        case Literal(value=Decimal() as number):
            return Fraction(number)
        case Name():
            held = record[node.name]
            return None if held is None else Fraction(held)
        case Unary():
            inner = oracle(node.operand, record)
            return None if inner is None else -inner
        case Binary():
            left, right = oracle(node.left, record), oracle(node.right, record)
            if left is None or right is None:
                return None
            return {"+": left + right, "-": left - right, "*": left * right}[node.operator]
        case Call(function="round"):
            inner = oracle(node.arguments[0], record)
            scale = 10 ** int(node.arguments[1].value)  # type: ignore[attr-defined]
            if inner is None:
                return None
            whole = (abs(inner) * scale + Fraction(1, 2)).__floor__()
            return Fraction(whole if inner >= 0 else -whole, scale)
    raise AssertionError(node)


@given(EXPRESSIONS, st.fixed_dictionaries({name: st.none() | NUMBERS for name in "abc"}))
def test_arithmetic_is_exact_whatever_the_size(source: str, record: dict[str, Decimal | None]) -> None:
    found = value(source, **record)
    expected = oracle(parse(source), record)
    assert (None if found is None else Fraction(found)) == expected


@given(st.text(max_size=40) | st.text(alphabet="()+-*/ abforin12.,'=<>", max_size=60))
def test_no_text_makes_the_parser_raise_anything_but_a_placed_error(source: str) -> None:
    try:
        parse(source)
    except ExpressionError as error:
        column = error.column
    else:
        column = 1
    assert 1 <= column <= len(source) + 1


def test_nesting_is_refused_beyond_its_bound_and_not_before() -> None:
    parse("(" * (DEEPEST - 1) + "1" + ")" * (DEEPEST - 1))
    for source in ("(" * 500 + "1" + ")" * 500, "if true then " * 200 + "1", "-" * 1500 + "1"):
        with pytest.raises(ExpressionError):
            parse(source)


ORDER = """
entity: order
fields:
  number: {type: text}
  day: {type: date}
  discount: {type: money}
  net: {type: money, formula: "sum(for l in lines return l.amount) - coalesce(discount, 0)"}
  gross: {type: money, formula: "net + tax"}
  tax: {type: money, formula: "round(net * 0.13, 2)"}
  pieces: {type: integer, formula: "count(for l in lines return l.item)"}
  late: {type: boolean, formula: "day < due"}
  due: {type: date}
  lines: {type: lines, of: order_line, by: order}
"""
LINE = """
entity: order_line
fields:
  order: {type: ref, of: order}
  item: {type: text}
  qty: {type: quantity}
  price: {type: money, scale: 4}
  amount: {type: money, precision: 8, formula: "round(qty * price, 2)"}
"""


def test_rows_are_computed_before_their_owner_and_each_field_after_what_it_reads(shop: Any) -> None:
    order = shop.entities["shop.order"]
    lines = [{"item": "bolt", "qty": D("3"), "price": D("0.3333")}, {"item": "nut", "qty": D("2"), "price": D("10")}]
    found = compute(shop, order, {"lines": lines, "discount": None, "day": date(2026, 1, 1), "due": None})
    assert [line["amount"] for line in found["lines"]] == [D("1.00"), D("20.00")]
    assert (found["net"], found["tax"], found["gross"]) == (D("21.00"), D("2.73"), D("23.73"))
    assert (found["pieces"], found["late"]) == (2, None)
    names = in_order(order)
    assert names.index("net") < names.index("tax") < names.index("gross")


def test_what_was_given_is_not_changed(shop: Any) -> None:
    given_lines = [{"qty": D(1), "price": D(1)}]
    compute(shop, shop.entities["shop.order"], {"lines": given_lines})
    assert given_lines == [{"qty": D(1), "price": D(1)}]


def test_a_result_that_does_not_fit_is_refused_with_its_field_named(shop: Any) -> None:
    with pytest.raises(Invalid) as refused:
        compute(shop, shop.entities["shop.order_line"], {"qty": D("999999999"), "price": D("9999")})
    assert refused.value.params["field"] == "amount"


@pytest.mark.parametrize(
    ("source", "kind", "scale"),
    [("qty * price", "number", 7), ("qty + price", "number", 4), ("round(qty / price, 3)", "number", 3),
     ("item", "text", 0),
     ("qty > 1", "boolean", 0), ("null", "null", 0), ("coalesce(qty, 0)", "number", 3),
     ("if qty > 1 then 'a' else null", "text", 0)],
)  # fmt: skip
def test_types_and_scales_are_inferred(shop: Any, source: str, kind: str, scale: int) -> None:
    found = infer(parse(source), Scope(shop.entities["shop.order_line"], shop.entities))
    assert (found.kind, found.scale) == (kind, scale)


@pytest.mark.parametrize(
    ("source", "column"),
    [("qty + item", 7), ("qty and true", 1), ("not qty", 5), ("qty / 2", 5), ("round(qty, item)", 12),
     ("round(qty)", 1),
     ("if qty then 1 else 2", 4), ("if true then 1 else 'a'", 21), ("true < false", 6), ("order.number", 1), ("l", 1),
     ("round(qty, 19)", 12), ("round(qty, 1.5)", 12), ("avg(for l in lines return l.qty)", 1)],
)  # fmt: skip
def test_what_has_no_type_is_refused_at_its_column(shop: Any, source: str, column: int) -> None:
    with pytest.raises(ExpressionError) as refused:
        infer(parse(source), Scope(shop.entities["shop.order_line"], shop.entities))
    assert refused.value.column == column


@pytest.fixture
def shop(tmp_path: Any) -> Any:
    from sartor.metamodel.compilation import Compiler
    from sartor.rules.compilation import compile_company

    (tmp_path / "company.yaml").write_text("company: shop\nlabel: Shop\n")
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities" / "order.yaml").write_text(ORDER)
    (tmp_path / "entities" / "order_line.yaml").write_text(LINE)
    compilation = compile_company(Compiler(), tmp_path)
    assert compilation.manifest is not None, compilation.problems
    return compilation.manifest


@pytest.mark.parametrize("sign", [" + ", " - ", " * "])
def test_a_chain_is_as_long_as_what_goes_through_it_can_bear(sign: str) -> None:
    assert value(sign.join(["1"] * HIGHEST)) == eval(sign.join(["1"] * HIGHEST))
    with pytest.raises(ExpressionError) as caught:
        parse(sign.join(["1"] * 600))
    assert caught.value.code == "X105"


@given(st.lists(st.sampled_from([
    "qty", "1", "0.5", "'x'", "l", ".", ",", "(", ")", "+", "-", "*", "/", "=", "<", "and", "or", "not", "if", "then",
    "else", "for", "in", "return", "sum", "round", "coalesce", "null", "true", "lines", "price", "１", "\\", "'",
]), max_size=24))  # fmt: skip
def test_no_words_in_any_order_make_the_parser_or_the_types_raise_anything_else(words: list[str]) -> None:
    rows = field("lines", "lines", of="a.row", by="order")
    order = entity("a.order", field("qty", "quantity"), field("price", "money"), rows)
    shop = manifest([order, entity("a.row", field("price", "money"))])
    try:
        node = parse(" ".join(words))
        infer(node, Scope(order, shop.entities))
    except ExpressionError:
        return
    evaluate(compile_python(node), {"qty": D(2), "price": None, "lines": [{"price": D(1)}]})
