"""Rules that schemas carry, in CEL."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.fielderrors import FieldError, required
from apimachinery.objects import Object
from server.custom.rules import check_rules, escaped, has_rules
from server.custom.values import NEW
from tests.server.custom.definitions import DEFINITIONS, SPEC, WIDGETS, definition, establish, version, widget
from tests.server.harness import Server

RULES = "x-kubernetes-validations"


def struct(*rules: Any, **properties: Any) -> Object:
    made = [{"rule": rule} if isinstance(rule, str) else rule for rule in rules]
    return {"type": "object", "properties": properties, RULES: made}


INTEGER, TEXT = {"type": "integer"}, {"type": "string"}


def said(spec: Object, value: Any, old: Any = NEW) -> list[str]:
    schema = {"type": "object", "properties": {"spec": spec}}
    assert has_rules(schema)
    errors: list[FieldError] = []
    check_rules(errors, {"spec": value}, old if old is NEW else {"spec": old}, schema)
    return [str(error) for error in errors]


def test_a_rule_that_fails_is_told_by_itself_or_by_its_message() -> None:
    spec = struct("self.low <= self.high", low=INTEGER, high=INTEGER)
    assert said(spec, {"low": 1, "high": 2}) == []
    assert said(spec, {"low": 3, "high": 2}) == ['spec: Invalid value: "object": failed rule: self.low <= self.high']
    worded = struct({"rule": "self.low <= self.high", "message": "upside down"}, low=INTEGER, high=INTEGER)
    assert said(worded, {"low": 3, "high": 2}) == ['spec: Invalid value: "object": upside down']


def test_a_message_may_be_an_expression_and_the_field_another() -> None:
    rule = {
        "rule": "self.low <= 5",
        "message": "too high",
        "messageExpression": "'low is ' + string(self.low)",
        "fieldPath": ".low",
        "reason": "FieldValueForbidden",
    }
    assert said(struct(rule, low=INTEGER), {"low": 9}) == ["spec.low: Forbidden: low is 9"]
    broken = {**rule, "messageExpression": "self.nothing"}
    assert said(struct(broken, low=INTEGER), {"low": 9}) == ["spec.low: Forbidden: too high"]


def test_rules_hold_for_every_item_and_every_value_of_a_map() -> None:
    spec = struct(
        list={"type": "array", "items": struct("self.a > 0", a=INTEGER)},
        map={"type": "object", "additionalProperties": {**INTEGER, RULES: [{"rule": "self < 10"}]}},
    )
    spec.pop(RULES)
    found = said(spec, {"list": [{"a": 1}, {"a": 0}], "map": {"x": 1, "y": 11}})
    assert found == [
        'spec.list[1]: Invalid value: "object": failed rule: self.a > 0',
        'spec.map[y]: Invalid value: "integer": failed rule: self < 10',
    ]


def test_a_transition_rule_is_about_what_was() -> None:
    spec = struct("self.size >= oldSelf.size", size=INTEGER)
    assert said(spec, {"size": 1}) == []
    assert said(spec, {"size": 2}, {"size": 1}) == []
    assert len(said(spec, {"size": 1}, {"size": 2})) == 1
    optional = {"rule": "!oldSelf.hasValue() || self.size >= oldSelf.value().size", "optionalOldSelf": True}
    assert said(struct(optional, size=INTEGER), {"size": 1}) == []
    assert len(said(struct(optional, size=INTEGER), {"size": 1}, {"size": 2})) == 1


def test_what_did_not_change_keeps_what_a_rule_refuses() -> None:
    spec = struct("self.size < 5", size=INTEGER, other=struct("self.x != 'a'", x=TEXT))
    assert said(spec, {"size": 9}, {"size": 9}) == []
    assert said(spec, {"size": 1, "other": {"x": "a"}}, {"size": 2, "other": {"x": "a"}}) == []


def test_items_are_known_again_by_their_keys() -> None:
    items = struct("self.v >= oldSelf.v", k=TEXT, v=INTEGER)
    keyed = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": items}
    old = {"list": [{"k": "a", "v": 2}, {"k": "b", "v": 1}]}
    new = {"list": [{"k": "b", "v": 2}, {"k": "a", "v": 1}]}
    assert said({"type": "object", "properties": {"list": keyed}}, new, old) == [
        'spec.list[1]: Invalid value: "object": failed rule: self.v >= oldSelf.v'
    ]


def test_an_expression_that_fails_says_why() -> None:
    (problem,) = said(struct("self.gone == 1", size=INTEGER), {"size": 1})
    assert problem.startswith('spec: Invalid value: "object": ')
    assert problem.endswith("evaluating rule: self.gone == 1")


def test_rules_wait_for_an_object_that_is_right_in_itself() -> None:
    errors = [required("spec.size")]
    check_rules(errors, {"spec": {}}, NEW, {"type": "object", "properties": {"spec": struct("self.size > 1")}})
    assert [str(error) for error in errors][1:] == [
        "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct "
        "the existing errors to complete validation"
    ]


def test_the_root_sees_its_name() -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object"}},
        RULES: [{"rule": "self.metadata.name == 'a'"}],
    }
    for name, count in (("a", 0), ("b", 1)):
        errors: list[FieldError] = []
        check_rules(errors, {"apiVersion": "v", "kind": "K", "metadata": {"name": name}, "spec": {}}, NEW, schema)
        assert len(errors) == count


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a-b", "a__dash__b"),
        ("a.b/c", "a__dot__b__slash__c"),
        ("a__b", "a__underscores__b"),
        ("if", "__if__"),
        ("x", "x"),
    ],
)
def test_names_are_escaped(name: str, shown: str) -> None:
    assert escaped(name) == shown
    spec = struct(f"self.{shown} == 1", **{name: INTEGER})
    assert said(spec, {name: 1}) == []


@pytest.mark.parametrize(
    "rule",
    [
        "quantity(self.q).isGreaterThan(quantity('500Mi'))",
        "quantity(self.q).add(quantity('1Gi')).compareTo(quantity('2Gi')) == 0",
        "isQuantity(self.q) && !isQuantity(self.u)",
        "url(self.u).getHostname() == 'a.io' && url(self.u).getPort() == '8443' && isURL(self.u)",
        "url(self.u).getQuery()['q'][0] == '1'",
        "ip(self.i).family() == 4 && cidr('10.0.0.0/8').containsIP(self.i)",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.0.0.0/8').prefixLength() == 8",
        "self.l.isSorted() && self.l.sum() == 6 && self.l.max() == 3",
        "sets.contains(self.l, [3, 1]) && !sets.intersects(self.l, [7])",
        "self.u.find('[0-9]+') == '8443' && self.u.findAll('[0-9]+').size() == 2",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && !isSemver('1.2')",
        "semver('1.0.0-rc.1').isLessThan(semver('1.0.0')) && semver('1.2.3').minor() == 2",
        "self.l.all(x, x > 0) && self.l.exists_one(x, x == 2) && has(self.q) && !has(self.nothing)",
        "self.?nothing.orValue('d') == 'd'",
        "'%s!'.format([self.i]) == '10.1.1.1!' && self.u.lowerAscii().startsWith('https')",
    ],
)
def test_kubernetes_functions_are_there(rule: str) -> None:
    properties = {"q": TEXT, "u": TEXT, "i": TEXT, "l": {"type": "array", "items": INTEGER}, "nothing": TEXT}
    value = {"q": "1Gi", "u": "https://a.io:8443/p?q=1", "i": "10.1.1.1", "l": [1, 2, 3]}
    assert said(struct(rule, **properties), value) == []


def test_the_server_asks_the_rules(server: Server) -> None:
    rules = [{"rule": "self.size < 5 || self.color == 'blue'", "message": "only blue ones are large"}]
    establish(server, definition(version(spec={**SPEC, RULES: rules})))
    refused = server.post(WIDGETS, widget(size=6))
    assert refused.status == 422
    assert refused.json["message"] == (
        'Widget.example.com "w" is invalid: spec: Invalid value: "object": only blue ones are large'
    )
    assert server.post(WIDGETS, widget(size=6, color="blue")).status == 201
    assert server.patch(f"{WIDGETS}/w", {"spec": {"color": "red"}}).status == 422


def test_a_definition_with_a_rule_that_is_none_is_refused(server: Server) -> None:
    answer = server.post(DEFINITIONS, definition(version(spec={**SPEC, RULES: [{"rule": "self.size <"}]})))
    assert answer.status == 422
    assert (
        'x-kubernetes-validations[0].rule: Invalid value: "self.size <": compilation failed: '
        in answer.text.replace('\\"', '"')
    )
