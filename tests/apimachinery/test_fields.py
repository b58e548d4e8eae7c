import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apimachinery.fields import FieldRequirement, FieldSelector, FieldSelectorError, parse_field_selector


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("metadata.name=x", "metadata.name=x"),
        ("b==1,a!=2", "a!=2,b=1"),
        (",,a=b,", "a=b"),
        (r"a=b\,c\=d\\", r"a=b\,c\=d\\"),
        ("a=", "a="),
        ("", ""),
    ],
)
def test_a_selector_is_read_and_printed_in_term_order(text: str, printed: str) -> None:
    assert str(parse_field_selector(text)) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        ("a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        (r"a=\x", r"invalid field selector: invalid escape sequence: \x"),
        ("a=b\\", "invalid field selector: invalid escape sequence: \\"),
    ],
)
def test_a_bad_selector_is_refused_in_upstreams_words(text: str, message: str) -> None:
    with pytest.raises(FieldSelectorError) as caught:
        parse_field_selector(text)
    assert str(caught.value) == message


def test_a_missing_field_is_the_empty_string() -> None:
    assert parse_field_selector("spec.nodeName=").matches({})
    assert not parse_field_selector("spec.nodeName!=").matches({})
    assert parse_field_selector("a=1,b!=2").matches({"a": "1", "b": "3"})
    assert not parse_field_selector("a=1,b!=2").matches({"a": "1", "b": "2"})


def test_exact_and_requirements() -> None:
    selector = parse_field_selector("metadata.name=x,status.phase!=Running")
    assert selector.exact("metadata.name") == "x"
    assert selector.exact("status.phase") is None
    assert selector.requirements == (("metadata.name", "=", "x"), ("status.phase", "!=", "Running"))
    assert not selector.empty


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab,=\\!é", max_size=8))
def test_any_value_survives_printing_and_reading(value: str) -> None:
    selector = FieldSelector([FieldRequirement("f", "=", value)])
    assert parse_field_selector(str(selector)) == selector
