"""Read an expression: text in, a tree with positions out.

In: source text such as `round(qty * unit_price, 2)`. Out: nodes that know their column, or ExpressionError.
Knows nothing of fields or types. The language is a subset of FEEL (DMN 1.5) in its syntax; see `expression_types`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ..metamodel.problem import suggestion

LONGEST = 2000  # characters
DEEPEST = 40  # parentheses and other nesting
HIGHEST = 120  # what comes after goes through a tree by calling itself

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^'\\]|\\.)*')|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|[-+*/=<>(),.]))"
)
AGGREGATES = ("sum", "count", "min", "max", "avg")
KEYWORDS = ("and", "or", "not", "if", "then", "else", "for", "in", "return", "true", "false", "null")


class ExpressionError(Exception):
    """What is wrong with an expression: a code of `metamodel.codes`, the column (from 1), fact and remedy."""

    def __init__(self, code: str, column: int, fact: str, remedy: str = "") -> None:
        self.code = code
        self.column = column
        self.fact = fact
        self.remedy = remedy
        super().__init__(f"column {column}: {fact}" + (f"; {remedy}" if remedy else ""))


class UnknownField(ExpressionError):
    """A field that an entity has not: `name` of `entity`, whose fields are `known`."""

    def __init__(self, column: int, entity: str, name: str, known: Iterable[str]) -> None:
        super().__init__("X102", column, f'no field "{name}" in {entity}', suggestion(name, known))
        self.entity = entity
        self.name = name


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression; `column` is where it begins."""

    column: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, a text, true, false or null."""

    value: Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A field (`qty`), or a field of the row at hand (`l.amount`, where `l` is the variable)."""

    name: str
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-` or `not`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """An operator between two operands."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then a else b`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function with its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """`sum(for variable in lines return body)`."""

    function: str
    variable: str
    lines: str
    body: Node


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case If():
            return (node.condition, node.then, node.otherwise)
        case Call():
            return node.arguments
        case Aggregate():
            return (node.body,)
    return ()


def _height(root: Node) -> int:
    """How many nodes stand below each other at most. A chain such as `a + b + c` leans to the left, and counts too."""
    height = 0
    level: list[Node] = [root]
    while level:
        height += 1
        level = [part for node in level for part in parts(node)]
    return height


@lru_cache(maxsize=8192)
def parse(source: str) -> Node:
    """The tree of an expression. Raises ExpressionError."""
    if len(source) > LONGEST:
        raise ExpressionError(
            "X105", LONGEST, f"the expression is longer than {LONGEST:,} characters", "split it into fields"
        )
    root = _Parser(source).whole()
    if _height(root) > HIGHEST:
        raise ExpressionError(
            "X105", 1, f"the expression joins more than {HIGHEST} values in one chain", "split it into fields"
        )
    return root


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def _tokens(source: str) -> list[_Token]:
    found = []
    position = 0
    while position < len(source.rstrip()):
        match = TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            column = position + len(source[position:]) - len(source[position:].lstrip()) + 1
            raise ExpressionError(
                "X101", column, f'"{source[column - 1]}" cannot stand here', "texts are quoted with '…'"
            )
        kind = match.lastgroup
        text = match[kind]
        if kind == "name" and text in KEYWORDS:
            kind = "sign"
        found.append(_Token(kind, text, match.start(match.lastgroup) + 1))
        position = match.end()
    found.append(_Token("end", "", len(source) + 1))
    return found


LEVELS = (("or",), ("and",), ("=", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/"))


class _Parser:
    """Precedence climbing over the tokens; one level a row of LEVELS."""

    def __init__(self, source: str) -> None:
        self.tokens = _tokens(source)
        self.index = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.index]

    def whole(self) -> Node:
        node = self.level(0)
        if self.token.kind != "end":
            raise self.unexpected()
        return node

    def unexpected(self) -> ExpressionError:
        what = "the expression ends" if self.token.kind == "end" else f'"{self.token.text}" stands'
        return ExpressionError(
            "X101", self.token.column, f"{what} where a value or an operator is expected", "complete it"
        )

    def take(self, *signs: str) -> _Token | None:
        token = self.token
        if token.kind == "sign" and token.text in signs:
            self.index += 1
            return token
        return None

    def expect(self, sign: str) -> _Token:
        token = self.take(sign)
        if token is None:
            raise ExpressionError("X101", self.token.column, f'"{sign}" is expected here', f'write "{sign}"')
        return token

    def word(self) -> _Token:
        token = self.token
        if token.kind != "name":
            raise ExpressionError("X101", token.column, "a name is expected here", "write a field's name")
        self.index += 1
        return token

    def level(self, number: int) -> Node:
        if number == len(LEVELS):
            return self.unary()
        self.depth += 1
        if self.depth > DEEPEST * len(LEVELS):
            raise ExpressionError(
                "X105", self.token.column, f"the expression is nested more than {DEEPEST} deep", "split it"
            )
        if LEVELS[number] == ("and",) and (token := self.take("not")) is not None:
            left: Node = Unary(token.column, "not", self.level(2))
        else:
            left = self.level(number + 1)
        while (token := self.take(*LEVELS[number])) is not None:
            if LEVELS[number] == ("and",) and (negation := self.take("not")) is not None:
                right: Node = Unary(negation.column, "not", self.level(2))
            else:
                right = self.level(number + 1)
            left = Binary(token.column, token.text, left, right)
            if "=" in LEVELS[number] and self.token.text in LEVELS[number] and self.token.kind == "sign":
                raise ExpressionError(
                    "X101", self.token.column, "comparisons cannot be chained", "join them with `and`"
                )
        self.depth -= 1
        return left

    def unary(self) -> Node:
        token = self.take("-")
        if token is not None:
            return Unary(token.column, "-", self.primary())
        return self.primary()

    def primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.index += 1
            return Literal(token.column, Decimal(token.text))
        if token.kind == "text":
            self.index += 1
            return Literal(token.column, re.sub(r"\\(.)", r"\1", token.text[1:-1]))
        if self.take("true", "false", "null") is not None:
            return Literal(token.column, {"true": True, "false": False, "null": None}[token.text])
        if self.take("(") is not None:
            inner = self.level(0)
            self.expect(")")
            return inner
        if self.take("if") is not None:
            condition = self.level(0)
            self.expect("then")
            then = self.level(0)
            self.expect("else")
            return If(token.column, condition, then, self.level(0))
        if token.kind != "name":
            raise self.unexpected()
        self.index += 1
        if self.take("(") is not None:
            return self.call(token)
        if self.take(".") is not None:
            return Name(token.column, self.word().text, token.text)
        return Name(token.column, token.text)

    def call(self, name: _Token) -> Node:
        if name.text in AGGREGATES and self.take("for") is not None:
            variable = self.word().text
            self.expect("in")
            lines = self.word().text
            self.expect("return")
            body = self.level(0)
            self.expect(")")
            return Aggregate(name.column, name.text, variable, lines, body)
        arguments: list[Node] = []
        while self.take(")") is None:
            if arguments:
                self.expect(",")
            arguments.append(self.level(0))
        return Call(name.column, name.text, tuple(arguments))
