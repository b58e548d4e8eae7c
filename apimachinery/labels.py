"""Label selectors: parsed once, matched often (every event of every filtered watch).

Syntax and error wording follow k8s.io/apimachinery/pkg/labels/selector.go; ``metav1.LabelSelector``
values follow pkg/apis/meta/v1/helpers.go. A selector is immutable and may be shared between threads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from apimachinery import fielderrors, names
from apimachinery.fielderrors import FieldError


class SelectorError(ValueError):
    """The text or object is not a selector; the message is upstream's."""


class Operator(StrEnum):
    IN = "in"
    NOT_IN = "notin"
    EQUALS = "="
    DOUBLE_EQUALS = "=="
    NOT_EQUALS = "!="
    GREATER_THAN = "gt"
    LESS_THAN = "lt"
    EXISTS = "exists"
    DOES_NOT_EXIST = "!"


_BINARY = tuple(Operator)[:7]
_SETS = (Operator.IN, Operator.NOT_IN)
_EXACT = (Operator.EQUALS, Operator.DOUBLE_EQUALS, Operator.NOT_EQUALS)
_NUMERIC = (Operator.GREATER_THAN, Operator.LESS_THAN)
_UNARY = (Operator.EXISTS, Operator.DOES_NOT_EXIST)
_SIGNS = {
    Operator.IN: " in ",
    Operator.NOT_IN: " notin ",
    Operator.GREATER_THAN: ">",
    Operator.LESS_THAN: "<",
}


class Requirement(NamedTuple):
    """One condition on one label. ``values`` is empty for the unary operators."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.operator is Operator.DOES_NOT_EXIST:
            return f"!{self.key}"
        if self.operator is Operator.EXISTS:
            return self.key
        sign = _SIGNS.get(self.operator, str(self.operator))
        values = ",".join(sorted(self.values))
        return f"{self.key}{sign}({values})" if self.operator in _SETS else f"{self.key}{sign}{values}"


class Selector:
    """A conjunction of requirements. ``nothing`` marks the selector that matches no object at all."""

    __slots__ = ("_equal", "_nothing", "_tests", "requirements")

    def __init__(self, requirements: Iterable[Requirement] = (), *, nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda r: r.key))
        self._nothing = nothing
        exact = [r for r in self.requirements if _exact_value(r) is not None]
        self._equal = tuple((r.key, r.values[0]) for r in exact)
        self._tests = tuple((r.key, _test(r)) for r in self.requirements if _exact_value(r) is None)

    @property
    def empty(self) -> bool:
        """True when it restricts nothing."""
        return not self.requirements and not self._nothing

    @property
    def matches_nothing(self) -> bool:
        return self._nothing

    def matches(self, labels: Mapping[str, str]) -> bool:
        if self._nothing:
            return False
        get = labels.get
        for key, value in self._equal:
            if get(key) != value:
                return False
        return all(test(get(key)) for key, test in self._tests)

    def exact(self, key: str) -> str | None:
        """The one value this label must have, or None when more than one would do."""
        for requirement in self.requirements:
            if requirement.key == key:
                return _exact_value(requirement)
        return None

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"Selector({'<nothing>' if self._nothing else str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Selector):
            return NotImplemented
        return self.requirements == other.requirements and self._nothing == other._nothing

    def __hash__(self) -> int:
        return hash((self.requirements, self._nothing))


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)


def parse_selector(text: str) -> Selector:
    """Read ``a=b,c in (d,e),!f``; raises SelectorError in upstream's words."""
    return Selector(_Parser(text).parse()) if text else EVERYTHING


def equality(labels: Mapping[str, str]) -> Selector:
    """The selector that demands each of these labels; nothing is validated. An empty mapping matches everything."""
    return Selector(Requirement(key, Operator.EQUALS, (value,)) for key, value in labels.items())


def requirement(key: str, operator: Operator, values: Sequence[str], path: str = "") -> Requirement:
    """A validated requirement; raises SelectorError listing every problem."""
    errors = validate_requirement(key, operator, values, path)
    if errors:
        raise SelectorError(fielderrors.aggregate(errors))
    return Requirement(key, operator, tuple(values))


def validate_requirement(key: str, operator: Operator, values: Sequence[str], path: str = "") -> list[FieldError]:
    """``path`` is the field that holds the requirement (``key`` and ``values`` are added to it)."""
    prefix = f"{path}." if path else ""
    at = f"{prefix}values"
    errors = []
    if problems := names.is_qualified_name(key):
        errors.append(fielderrors.invalid(f"{prefix}key", key, "; ".join(problems)))
    errors += _validate_count(operator, values, at)
    if operator in _NUMERIC:
        detail = "for 'Gt', 'Lt' operators, the value must be an integer"
        errors += [fielderrors.invalid(f"{at}[{i}]", v, detail) for i, v in enumerate(values) if _int64(v) is None]
    for i, value in enumerate(values):
        if problems := names.is_label_value(value):
            errors.append(fielderrors.invalid(f"{at}[{i}][{key}]", value, "; ".join(problems)))
    return errors


def _validate_count(operator: Operator, values: Sequence[str], path: str) -> list[FieldError]:
    if operator in _SETS:
        fits, detail = bool(values), "for 'in', 'notin' operators, values set can't be empty"
    elif operator in _EXACT:
        fits, detail = len(values) == 1, "exact-match compatibility requires one single value"
    elif operator in _UNARY:
        fits, detail = not values, "values set must be empty for exists and does not exist"
    else:
        fits, detail = len(values) == 1, "for 'Gt', 'Lt' operators, exactly one value is required"
    return [] if fits else [fielderrors.invalid(path, list(values), detail)]


_LABEL_SELECTOR_OPERATORS = {
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Exists": Operator.EXISTS,
    "DoesNotExist": Operator.DOES_NOT_EXIST,
}


def from_label_selector(selector: Mapping[str, Any] | None) -> Selector:
    """Compile a ``metav1.LabelSelector``: None matches nothing, an empty one everything; raises SelectorError."""
    if selector is None:
        return NOTHING
    requirements = [
        requirement(key, Operator.EQUALS, (value,)) for key, value in (selector.get("matchLabels") or {}).items()
    ]
    for expression in selector.get("matchExpressions") or ():
        word = expression.get("operator") or ""
        operator = _LABEL_SELECTOR_OPERATORS.get(word)
        if operator is None:
            raise SelectorError(f"{fielderrors.quote(word)} is not a valid label selector operator")
        requirements.append(requirement(expression.get("key") or "", operator, expression.get("values") or ()))
    return Selector(requirements)


def _exact_value(req: Requirement) -> str | None:
    wants_one = req.operator in (Operator.EQUALS, Operator.DOUBLE_EQUALS, Operator.IN)
    return req.values[0] if wants_one and len(req.values) == 1 else None


def _test(req: Requirement) -> Callable[[str | None], bool]:
    """A test of the label's value, None when the object has no such label."""
    values = frozenset(req.values)
    match req.operator:
        case Operator.IN | Operator.EQUALS | Operator.DOUBLE_EQUALS:
            return values.__contains__
        case Operator.NOT_IN | Operator.NOT_EQUALS:
            return lambda value: value not in values
        case Operator.EXISTS:
            return lambda value: value is not None
        case Operator.DOES_NOT_EXIST:
            return lambda value: value is None
        case Operator.GREATER_THAN:
            return _compare(req.values[0], lambda ours, bound: ours > bound)
        case Operator.LESS_THAN:
            return _compare(req.values[0], lambda ours, bound: ours < bound)


def _compare(text: str, holds: Callable[[int, int], bool]) -> Callable[[str | None], bool]:
    bound = _int64(text)

    def test(value: str | None) -> bool:
        number = _int64(value) if value is not None else None
        return number is not None and bound is not None and holds(number, bound)

    return test


_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")


def _int64(text: str) -> int | None:
    if _INTEGER.fullmatch(text) is None:
        return None
    number = int(text)
    return number if -(1 << 63) <= number < 1 << 63 else None


# A NUL ends upstream's token; it matters only so that hostile input fails in the same way.
_TOKEN = re.compile(r"[ \t\r\n]*+(?:(?P<word>[^=!(),<> \t\r\n\0]++)\0?|(?P<symbol>!=|==|[=!(),<>])\0?|(?P<end>\0|$))")
_WORDS = ("in", "notin")
_OPERATORS = {
    "in": Operator.IN,
    "notin": Operator.NOT_IN,
    "=": Operator.EQUALS,
    "==": Operator.DOUBLE_EQUALS,
    "!=": Operator.NOT_EQUALS,
    ">": Operator.GREATER_THAN,
    "<": Operator.LESS_THAN,
}


class _Token(NamedTuple):
    text: str
    word: bool  # an identifier, or "in" / "notin", which are words where a key or value may stand


_END = _Token("", False)


def _scan(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None or match["end"] is not None:
            return [*tokens, _END]
        tokens.append(_Token(match["word"] or match["symbol"], match["word"] is not None))
        position = match.end()


class _Parser:
    """Recursive descent over the tokens; every message is upstream's."""

    def __init__(self, text: str) -> None:
        self._tokens = _scan(text)
        self._position = 0

    def parse(self) -> list[Requirement]:
        found: list[Requirement] = []
        while True:
            token = self._peek()
            if token is _END:
                return found
            if not token.word and token.text != "!":
                raise SelectorError(f"found '{token.text}', expected: !, identifier, or 'end of string'")
            try:
                found.append(self._requirement())
            except SelectorError as error:
                raise SelectorError(f"unable to parse requirement: {error}") from None
            token = self._next()
            if token is _END:
                return found
            if token.text != ",":
                raise SelectorError(f"found '{token.text}', expected: ',' or 'end of string'")
            following = self._peek()
            if not following.word and following.text != "!":
                raise SelectorError(f"found '{following.text}', expected: identifier after ','")

    def _peek(self) -> _Token:
        return self._tokens[self._position]

    def _next(self) -> _Token:
        token = self._tokens[self._position]
        self._position += 1
        return token

    def _requirement(self) -> Requirement:
        token = self._next()
        negated = not token.word and token.text == "!"
        if negated:
            token = self._next()
        if not token.word:
            raise SelectorError(f"found '{token.text}', expected: identifier")
        key = token.text
        if problems := names.is_qualified_name(key):
            raise SelectorError(str(fielderrors.invalid("<nil>", key, "; ".join(problems))))
        if negated:
            return requirement(key, Operator.DOES_NOT_EXIST, ())
        if self._peek() is _END or self._peek() == _Token(",", False):
            return requirement(key, Operator.EXISTS, ())
        operator = self._operator()
        values = self._value_set() if operator in _SETS else self._value()
        return requirement(key, operator, sorted(values))

    def _operator(self) -> Operator:
        text = self._next().text
        if text not in _OPERATORS:
            raise SelectorError(f"found '{text}', expected: {', '.join(_BINARY)}")
        return _OPERATORS[text]

    def _value(self) -> set[str]:
        token = self._peek()
        if token is _END or token == _Token(",", False):
            return {""}
        self._next()
        if not token.word:
            raise SelectorError(f"found '{token.text}', expected: identifier")
        return {token.text}

    def _value_set(self) -> set[str]:
        token = self._next()
        if token != _Token("(", False):
            raise SelectorError(f"found '{token.text}' expected: '('")
        first = self._peek()
        if first == _Token(")", False):
            self._next()
            return {""}
        if not first.word and first.text != ",":
            raise SelectorError(f"found '{first.text}', expected: ',', ')' or identifier")
        values = self._values()
        if self._next() != _Token(")", False):
            raise SelectorError(f"found '{first.text}', expected: ')'")
        return values

    def _values(self) -> set[str]:
        """Identifiers separated by commas; an empty place is the empty value."""
        values: set[str] = set()
        while True:
            token = self._next()
            following = self._peek() if token is not _END else _END
            if token.word:
                values.add(token.text)
                if following == _Token(")", False):
                    return values
                if following != _Token(",", False):
                    raise SelectorError(f"found '{following.text}', expected: ',' or ')'")
            elif token.text == ",":
                if not values or following.text in (",", ")"):
                    values.add("")
                if following == _Token(")", False):
                    return values
            else:
                raise SelectorError(f"found '{token.text}', expected: ',', or identifier")
