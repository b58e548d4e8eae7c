from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi.gojson import DecodeError, parse_json


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "unexpected end of JSON input"),
        (b'{"a":1,', "unexpected end of JSON input"),
        (b'"abc', "unexpected end of JSON input"),
        (b"hello", "invalid character 'h' looking for beginning of value"),
        (b"'a'", "invalid character '\\'' looking for beginning of value"),
        (b"\xef\xbb\xbf{}", "invalid character '\u00ef' looking for beginning of value"),
        (b"[1,]", "invalid character ']' looking for beginning of value"),
        (b"{a:1}", "invalid character 'a' looking for beginning of object key string"),
        (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b'{"a":{"b":[1,{"c":2}]}}]', "invalid character ']' after top-level value"),
        (b"01", "invalid character '1' after top-level value"),
        (b"trux", "invalid character 'x' in literal true (expecting 'e')"),
        (b"[-x]", "invalid character 'x' in numeric literal"),
        (b"[1.x]", "invalid character 'x' after decimal point in numeric literal"),
        (b"[1e+x]", "invalid character 'x' in exponent of numeric literal"),
        (b'["\n"]', "invalid character '\\n' in string literal"),
        (b'["\\x"]', "invalid character 'x' in string escape code"),
        (b'["\\u12g4"]', "invalid character 'g' in \\u hexadecimal character escape"),
        (b"[" * 20_000, "exceeded max depth"),
        (b"[" * 5_000 + b"]" * 5_000, "exceeded max depth"),
    ],
)
@pytest.mark.parametrize("find_duplicates", [False, True])
def test_malformed_text_is_described_as_go_describes_it(body: bytes, message: str, find_duplicates: bool) -> None:
    with pytest.raises(DecodeError) as error:
        parse_json(body, find_duplicates=find_duplicates)
    assert str(error.value) == message


def test_bad_utf8_and_lone_surrogates_become_replacement_characters() -> None:
    assert parse_json(b'["\xff", "\\ud800"]', find_duplicates=False) == (["\ufffd", "\ufffd"], [])


def test_an_integer_beyond_64_bits_becomes_a_float() -> None:
    value, _ = parse_json(b"[123456789012345678901234567890, 9223372036854775807]", find_duplicates=True)
    assert value == [1.2345678901234568e29, 9223372036854775807]


def test_duplicates_are_reported_with_their_path_in_the_order_of_the_text() -> None:
    body = b'{"spec": {"a": 1, "l": [{"x": 1, "x": {"y": 1, "y": 2}}], "a": 2, "a": 3}, "a.b\\"": 1, "a.b\\"": 2}'
    value, messages = parse_json(body, find_duplicates=True)
    assert value == json.loads(body)
    assert messages == [
        'duplicate field "spec.l[0].x"',
        'duplicate field "spec.l[0].x.y"',
        'duplicate field "spec.a"',
        'duplicate field "a.b\\""',
    ]


@pytest.mark.parametrize("space", ["", " "])
def test_texts_full_of_colons_and_quotes_are_told_apart(space: str) -> None:
    once = f'{{"a:":{space}"b\\":{{\\"", "\\"":{space}["x:\\u003c", {{"c":{space}":"}}]}}'
    twice = f'{{"a:":{space}"b\\":", "a:":{space}["x:\\u003c"]}}'
    assert parse_json(once.encode(), find_duplicates=True)[1] == []
    assert parse_json(twice.encode(), find_duplicates=True)[1] == ['duplicate field "a:"']


def test_duplicates_cost_nothing_when_nobody_asks() -> None:
    assert parse_json(b'{"a": 1, "a": 2}', find_duplicates=False) == ({"a": 2}, [])


def test_no_more_than_a_hundred_duplicates_are_reported() -> None:
    body = "{" + ",".join(f'"k{n // 2}":1' for n in range(500)) + "}"
    assert len(parse_json(body.encode(), find_duplicates=True)[1]) == 100


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(_JSON, st.booleans(), st.sampled_from([None, 2]))
def test_whatever_can_be_said_in_json_is_read_back(value: object, find_duplicates: bool, indent: int | None) -> None:
    body = json.dumps(value, indent=indent).encode(errors="surrogatepass")
    assert parse_json(body, find_duplicates=find_duplicates) == (value, [])


@given(st.binary(max_size=30), st.sampled_from([b"", b"{", b'{"a":', b"[", b'"', b"1"]))
def test_no_text_escapes_with_another_exception(tail: bytes, head: bytes) -> None:
    try:
        parse_json(head + tail, find_duplicates=True)
    except DecodeError as error:
        assert str(error)
