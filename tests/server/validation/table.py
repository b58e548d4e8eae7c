"""How validation tests are written: a good object, a change that breaks one rule, and exactly its errors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from apimachinery.fielderrors import FieldError
from server.validation.validator import Validator
from tests.server.validation.objects import Object, prepared, validator_of

LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', "
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
DNS1035 = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
KEY = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
    "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
    "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
CONFIG_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)

Change = Callable[[Object], Any]


def texts(errors: Iterable[FieldError]) -> list[str]:
    """What a user reads of each error."""
    return [str(error) for error in errors]


def changed(obj: Object, change: Change) -> Object:
    """A copy of the object, changed."""
    result = copy.deepcopy(obj)
    change(result)
    return result


def put(path: str, value: Any) -> Change:
    """A change that sets the value at a dotted path; numbers index lists, missing maps are made."""

    def change(obj: Object) -> None:
        target: Any = obj
        *parents, last = path.split(".")
        for name in parents:
            target = target[int(name)] if isinstance(target, list) else target.setdefault(name, {})
        if isinstance(target, list):
            if int(last) == len(target):
                target.append(copy.deepcopy(value))
            else:
                target[int(last)] = copy.deepcopy(value)
        else:
            target[last] = copy.deepcopy(value)

    return change


def drop(path: str) -> Change:
    """A change that removes what is at a dotted path."""

    def change(obj: Object) -> None:
        target: Any = obj
        *parents, last = path.split(".")
        for name in parents:
            target = target[int(name)] if isinstance(target, list) else target[name]
        del target[int(last) if isinstance(target, list) else last]

    return change


def all_of(*changes: Change) -> Change:
    def change(obj: Object) -> None:
        for one in changes:
            one(obj)

    return change


def same(obj: Object) -> None:
    """No change."""


Rule = tuple[Change, list[str]]
"""A change to the good object, and the errors it causes."""

Transition = tuple[Change, Change, list[str]]
"""A change to the good object as it is stored, one to what is written over it, and the errors."""


@dataclass(frozen=True, slots=True)
class Table:
    """A kind's rules by example. ``good`` is as a user would send it, with what the server fills in before."""

    good: Object
    create: Sequence[Rule] = ()
    update: Sequence[Transition] = ()
    status: Sequence[Transition] = ()
    validator: Validator | None = None


@dataclass(frozen=True, slots=True)
class Case:
    validator: Validator
    way: str
    old: Object
    new: Object
    errors: list[str]

    def check(self) -> None:
        """Each text once, as users see it."""
        if self.way == "create":
            found = self.validator.create(self.new)
        elif self.way == "update" or self.validator.status is None:
            found = self.validator.update(self.new, self.old)
        else:
            found = self.validator.status(self.new, self.old)
        assert list(dict.fromkeys(texts(found))) == self.errors


def cases(*tables: Table) -> list[Any]:
    """The parameters of a test that calls :meth:`Case.check`; first, that the good object passes every way."""
    parameters = []
    for table in tables:
        good = prepared(table.good)
        validator = table.validator or validator_of(good)
        stored = changed(good, all_of(put("metadata.uid", "a1b2"), put("metadata.resourceVersion", "7")))
        rows: list[tuple[str, Change, Change, list[str]]] = [("create", same, change, e) for change, e in table.create]
        rows += [("update", before, change, e) for before, change, e in table.update]
        rows += [("status", before, change, e) for before, change, e in table.status]
        rows = [(way, same, same, []) for way in ("create", "update", "status")] + rows
        for number, (way, before, change, errors) in enumerate(rows):
            base = good if way == "create" else stored
            case = Case(validator, way, changed(base, before), changed(base, change), errors)
            parameters.append(pytest.param(case, id=f"{good['kind']}-{way}-{number}"))
    return parameters
