from typing import Any

import pytest

from apimachinery import fielderrors
from apimachinery.fielderrors import FieldError, aggregate, quote


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (fielderrors.required("a.b"), "a.b: Required value"),
        (fielderrors.required("a.b", "tell me"), "a.b: Required value: tell me"),
        (fielderrors.forbidden("a", "no"), "a: Forbidden: no"),
        (fielderrors.duplicate("a[1]", "x"), 'a[1]: Duplicate value: "x"'),
        (fielderrors.not_found("a", "x"), 'a: Not found: "x"'),
        (fielderrors.internal("a", "boom"), "a: Internal error: boom"),
        (fielderrors.type_invalid("a", "x", "must be a number"), 'a: Invalid value: "x": must be a number'),
        (fielderrors.too_long("a", 3), "a: Too long: may not be more than 3 bytes"),
        (fielderrors.too_long("a", 1), "a: Too long: may not be more than 1 byte"),
        (fielderrors.too_long("a", -1), "a: Too long: value is too long"),
        (fielderrors.too_long_characters("a", 3), "a: Too long: may not be more than 3 characters"),
        (fielderrors.too_short("a", "", 1), "a: Too short: must be at least 1 character"),
        (fielderrors.too_many("a", 3, 2), "a: Too many: 3: must have at most 2 items"),
        (fielderrors.too_many("a", 2, 1), "a: Too many: 2: must have at most 1 item"),
        (fielderrors.too_many("a", -1, -1), "a: Too many: has too many items"),
        (
            fielderrors.not_supported("a", "x", ["Always", "Never"]),
            'a: Unsupported value: "x": supported values: "Always", "Never"',
        ),
    ],
)
def test_wording(error: FieldError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", '"x"'),
        (None, "null"),
        (True, "true"),
        (-1, "-1"),
        (1.0, "1"),
        (1.5, "1.5"),
        ([], "[]"),
        (["<a>"], '["\\u003ca\\u003e"]'),
        ({"a": 1}, '{"a":1}'),
        ("<a>", '"<a>"'),
        ("ü", '"ü"'),
        ("a\tb\x01\u200b", '"a\\tb\\x01\\u200b"'),
    ],
)
def test_a_bad_value_is_shown_as_go_shows_it(value: Any, shown: str) -> None:
    assert fielderrors.invalid("f", value).body == f"Invalid value: {shown}"


def test_quote_escapes_backslashes_quotes_and_what_does_not_print() -> None:
    assert quote('\\"') == r'"\\\""'
    assert quote("\x7f\U000e0001") == r'"\x7f\U000e0001"'


def test_aggregate_drops_repetitions_and_brackets_several() -> None:
    one, two = fielderrors.required("a"), fielderrors.required("b")
    assert aggregate([one, one]) == "a: Required value"
    assert aggregate([one, two, one]) == "[a: Required value, b: Required value]"


def test_a_map_key_is_in_brackets() -> None:
    assert fielderrors.key("metadata.labels", "a/b") == "metadata.labels[a/b]"
