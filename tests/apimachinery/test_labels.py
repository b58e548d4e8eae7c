import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apimachinery.labels import (
    EVERYTHING,
    NOTHING,
    Operator,
    Requirement,
    Selector,
    SelectorError,
    equality,
    from_label_selector,
    parse_selector,
)

NAME_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a=b", "a=b"),
        ("a==b", "a==b"),
        ("  a = b ,\tc != d ", "a=b,c!=d"),
        ("z,!y,x in (foo,,baz)", "x in (,baz,foo),!y,z"),
        ("z notin ()", "z notin ()"),
        ("a=", "a="),
        ("a!=,b", "a!=,b"),
        ("a>1,b<2", "a>1,b<2"),
        ("in in (in,notin)", "in in (in,notin)"),
        ("x in (a,)", "x in (,a)"),
        ("x in (,)", "x in ()"),
        ("example.com/x=y", "example.com/x=y"),
        ("", ""),
        (" ", ""),
    ],
)
def test_a_selector_is_read_and_printed_in_key_order(text: str, printed: str) -> None:
    assert str(parse_selector(text)) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",", "found ',', expected: !, identifier, or 'end of string'"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("a in (,=)", "unable to parse requirement: found '=', expected: ',', or identifier"),
        ("a=!", "unable to parse requirement: found '!', expected: identifier"),
        ("-a", f'unable to parse requirement: <nil>: Invalid value: "-a": {NAME_RULE}'),
        ("a=-", f'unable to parse requirement: values[0][a]: Invalid value: "-": {VALUE_RULE}'),
        (
            "a>x",
            'unable to parse requirement: values[0]: Invalid value: "x": '
            "for 'Gt', 'Lt' operators, the value must be an integer",
        ),
    ],
)
def test_a_bad_selector_is_refused_in_upstreams_words(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse_selector(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("a=b", {"a": "b", "c": "d"}, True),
        ("a=b", {"a": "c"}, False),
        ("a=b", {}, False),
        ("a=", {}, False),
        ("a=", {"a": ""}, True),
        ("a!=b", {}, True),
        ("a!=b", {"a": "b"}, False),
        ("a in (b,c)", {"a": "c"}, True),
        ("a in (b,c)", {}, False),
        ("a notin (b,c)", {}, True),
        ("a notin (b,c)", {"a": "b"}, False),
        ("a", {"a": ""}, True),
        ("!a", {"a": ""}, False),
        ("!a", {}, True),
        ("a>1", {"a": "2"}, True),
        ("a>1", {"a": "1"}, False),
        ("a<1", {"a": "-7"}, True),
        ("a<1", {"a": "x"}, False),
        ("a>1", {}, False),
        ("a>1", {"a": "9223372036854775808"}, False),
        ("a=b,c=d,!e", {"a": "b", "c": "d"}, True),
        ("a=b,c=d,!e", {"a": "b", "c": "d", "e": ""}, False),
    ],
)
def test_matching(text: str, labels: dict[str, str], expected: bool) -> None:
    assert parse_selector(text).matches(labels) is expected


def test_everything_and_nothing() -> None:
    assert EVERYTHING.empty and EVERYTHING.matches({})
    assert not NOTHING.empty and not NOTHING.matches({"a": "b"}) and NOTHING.matches_nothing
    assert EVERYTHING != NOTHING and str(NOTHING) == ""


def test_exact_tells_the_only_possible_value() -> None:
    selector = parse_selector("a=b,c in (d),e in (f,g),h")
    assert [selector.exact(key) for key in "aceh"] == ["b", "d", None, None]


def test_equality_demands_every_label() -> None:
    assert str(equality({"b": "2", "a": "1"})) == "a=1,b=2"
    assert equality({}).empty


def test_a_label_selector_object_is_compiled() -> None:
    selector = from_label_selector(
        {
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["b", "a"]},
                {"key": "x", "operator": "DoesNotExist"},
            ],
        }
    )
    assert str(selector) == "app=web,tier in (a,b),!x"
    assert from_label_selector(None) is NOTHING
    assert from_label_selector({}).empty


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"key": "a", "operator": "Gt", "values": ["1"]}, '"Gt" is not a valid label selector operator'),
        (
            {"key": "a", "operator": "In"},
            "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
        ),
        (
            {"key": "a", "operator": "Exists", "values": ["b"]},
            'values: Invalid value: ["b"]: values set must be empty for exists and does not exist',
        ),
        (
            {"key": "-", "operator": "In", "values": ["-"]},
            f'[key: Invalid value: "-": {NAME_RULE}, values[0][-]: Invalid value: "-": {VALUE_RULE}]',
        ),
    ],
)
def test_a_bad_label_selector_object_is_refused(expression: dict[str, object], message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        from_label_selector({"matchExpressions": [expression]})
    assert str(caught.value) == message


keys = st.sampled_from(["a", "b", "example.com/c", "in"])
values = st.sampled_from(["", "x", "y", "notin", "7"])
requirements = st.one_of(
    st.builds(Requirement, keys, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST]), st.just(())),
    st.builds(Requirement, keys, st.sampled_from([Operator.EQUALS, Operator.NOT_EQUALS]), st.tuples(values)),
    st.builds(
        Requirement,
        keys,
        st.sampled_from([Operator.IN, Operator.NOT_IN]),
        st.sets(values, min_size=1).map(lambda found: tuple(sorted(found))),
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(requirements, max_size=4), st.dictionaries(keys, values))
def test_a_printed_selector_reads_back_to_one_that_matches_alike(
    wanted: list[Requirement], labels: dict[str, str]
) -> None:
    selector = Selector(wanted)
    again = parse_selector(str(selector))
    assert again == selector
    assert again.matches(labels) == selector.matches(labels) == all(Selector([r]).matches(labels) for r in wanted)
