"""Expressions: compiled with types, evaluated on plain data, and what they look at."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from server.cel.errors import CelError
from server.cel.program import ANYTHING, BOOL, STRING, STRINGS, Environment

CLAIMS = Environment("claims")
SEEN: dict[str, Any] = {"claims": {"sub": "jane", "groups": ["a", "b"], "org": {"unit": "x"}, "ok": True, "none": None}}


@pytest.mark.parametrize(
    ("expression", "type_", "value"),
    [
        ("claims.sub", ANYTHING, "jane"),
        ("'p:' + claims.sub", STRING, "p:jane"),
        ("claims.groups.map(g, 'p:' + g)", STRINGS, ["p:a", "p:b"]),
        ("claims.ok == true && has(claims.org.unit)", BOOL, True),
        ("claims.?nothing.orValue('z')", ANYTHING, "z"),
        ("claims.none", ANYTHING, None),
        ("claims.sub.upperAscii()", STRING, "JANE"),
        ("cel.bind(x, claims.sub, x + x)", ANYTHING, "janejane"),
    ],
)
def test_an_expression_has_a_type_and_a_value(expression: str, type_: str, value: object) -> None:
    program = CLAIMS.compile(expression)
    assert program.type == type_
    assert program.evaluate(SEEN) == value


@pytest.mark.parametrize("expression", ["claims.sub +", "1 + 'a'", "nobody.x", "claims.sub.nothing()"])
def test_what_makes_no_sense_does_not_compile(expression: str) -> None:
    with pytest.raises(CelError, match="compilation failed: ERROR: <input>:1:"):
        CLAIMS.compile(expression)


@pytest.mark.parametrize("expression", ["claims.nothing", "1 / 0", "claims.sub > 1", "claims.?sub"])
def test_what_cannot_be_evaluated_is_an_error(expression: str) -> None:
    with pytest.raises(CelError):
        CLAIMS.compile(expression).evaluate(SEEN)


@pytest.mark.parametrize(
    ("expression", "selects"),
    [
        ("claims.email", {("claims", "email")}),
        ("claims.?email.orValue('')", {("claims", "email")}),
        (
            "has(claims.a.b) && [claims.c, {'k': claims.d}] != []",
            {("claims", "a", "b"), ("claims", "c"), ("claims", "d")},
        ),
        ("claims.groups.exists(g, g == claims.x)", {("claims", "groups"), ("claims", "x")}),
        ("claims['email'] == 'x'", set()),
        ("claims.a[0].b.startsWith(claims.p)", {("claims", "a"), ("claims", "p")}),
    ],
)
def test_what_it_reads_is_known(expression: str, selects: set[tuple[str, ...]]) -> None:
    assert CLAIMS.compile(expression).selects == selects


@pytest.mark.parametrize("make", [str, lambda n: {"n": n, "m": [n]}])
def test_sets_of_many_are_compared_in_time(make: Callable[[int], object]) -> None:
    one, other = [make(n) for n in range(8000)], [make(n) for n in reversed(range(8000))]
    program = Environment(anything=["a", "b"]).compile(
        "sets.contains(a, b) && sets.equivalent(a, b) && sets.intersects(a, b) && !sets.contains(b, a + [1])"
    )
    begin = time.process_time()
    assert program.evaluate({"a": one, "b": other}) is True
    assert time.process_time() - begin < 2


MANY: dict[str, Any] = {
    "a": list(range(5000)),
    "b": list(range(5000)),
    "s": "a" * 10_000,
    "n": [{"s": "a"}] * 9000,
    "few": [1],
}


@pytest.mark.parametrize(
    ("expression", "too_much"),
    [
        ("o.a.all(x, x in o.b)", True),
        ("o.a.all(x, o.a.size() > 0 && o.s.contains(string(x)))", True),
        ("o.few.all(x, o.a.all(y, y in o.b))", True),
        ("o.a.all(x, o.b != o.a)", True),
        ("o.b.filter(y, y >= 0).all(x, x in o.b)", True),
        ("[1, 2].all(x, o.?b.orValue([]) == o.b)", False),
        ("o.n.all(x, x.s.contains('a') && x.s == o.n[0].s)", False),
        ("o.few.all(x, x in o.b)", False),
        ("o.a.all(x, o.b.size() > 1 && x in [1] || true)", False),
        ("o.a == o.b && 5 in o.b && o.s.contains('a')", False),
    ],
)
def test_what_would_look_through_much_too_often_is_not_begun(expression: str, too_much: bool) -> None:
    program = Environment(anything=["o"]).compile(expression)
    if not too_much:
        assert program.evaluate({"o": MANY}) is True
        return
    with pytest.raises(CelError, match="actual cost limit exceeded"):
        program.evaluate({"o": MANY})
