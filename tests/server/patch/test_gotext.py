"""JSON values in Go's words."""

from __future__ import annotations

from typing import Any

import pytest

from server.patch.gotext import go_syntax, json_kind, quote, show, type_name

VALUE: Any = {"b": [1, "x", None], "a": {"t": True, "f": 1.5}}


def test_values_print_as_percent_v_does() -> None:
    assert show(VALUE) == "map[a:map[f:1.5 t:true] b:[1 x <nil>]]"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1.0, "1"), (0.5, "0.5"), (-2.25, "-2.25"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e-7, "1.5e-07")],
)
def test_floats_switch_to_exponents_where_go_does(number: float, shown: str) -> None:
    assert show(number) == shown


def test_values_print_as_go_syntax() -> None:
    assert go_syntax(VALUE) == (
        'map[string]interface {}{"a":map[string]interface {}{"f":1.5, "t":true}, '
        '"b":[]interface {}{1, "x", interface {}(nil)}}'
    )


def test_types_have_gos_names() -> None:
    values: list[Any] = [None, {}, [], "", True, 1, 1.5]
    assert [type_name(value) for value in values] == [
        "%!s(<nil>)", "map[string]interface {}", "[]interface {}", "string", "bool", "int64", "float64",
    ]  # fmt: skip
    assert [json_kind(value) for value in values] == [
        "null", "object", "array", "string", "bool", "number", "number",
    ]  # fmt: skip


def test_strings_are_quoted() -> None:
    assert quote('a"b\\é') == '"a\\"b\\\\é"'
