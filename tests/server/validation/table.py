"""How validation tests are written: a good object, a change that breaks one rule, and exactly its errors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from apimachinery.fielderrors import FieldError

Object = dict[str, Any]
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
