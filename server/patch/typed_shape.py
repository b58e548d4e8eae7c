"""What every compiled description of a type can do with values and field sets; scalars and atomic values.

A :class:`Shape` is a type seen by server-side apply: which values are one leaf, which are looked into, and how the
items of a list are told apart. It is compiled once per type (:mod:`server.patch.typed`) so that the walks below make
FieldsV1 directly. Source: sigs.k8s.io/structured-merge-diff/typed and k8s.io/kube-openapi/pkg/schemaconv.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from operator import eq
from typing import Any, NamedTuple

from server.patch.fieldset import LEAF, FieldSet
from server.patch.gotext import go_syntax, show
from server.patch.pathelement import SELF
from server.patch.values import identical


class Delta(NamedTuple):
    """How a value differs from an older one: fields that are new or have another value, and fields that are gone."""

    changed: FieldSet | None
    removed: FieldSet | None


CHANGED = Delta(LEAF, None)


class Unfit(Exception):
    """A value that cannot be an instance of the type: its paths cannot be told."""


class Problem(NamedTuple):
    """Something about an applied configuration that does not fit the type."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Shape(ABC):
    """A type for server-side apply. No method changes its arguments; results may share parts with them.

    Made in two steps, since types may contain themselves: constructed, then :meth:`seal`\\ ed when everything reachable
    is there. Field sets that are arguments or results are nodes below the root: ``{}`` is a member, None is nothing.
    """

    __slots__ = ("loose", "same")

    is_leaf = False
    """Values are owned whole."""

    loose: bool
    """Some value inside may be any JSON, so that Python's ``1 == True`` could hide a change."""

    same: Callable[[Any, Any], bool]
    """Equality of two values."""

    def __init__(self, *, loose: bool = False) -> None:
        self.loose = loose
        self.same = identical if loose else eq

    def inner(self) -> Iterator[Shape]:
        """The shapes of what is inside."""
        return iter(())

    def seal(self) -> None:
        """Called once, when ``loose`` is settled for every shape inside."""
        self.same = identical if self.loose else eq

    def members(self, value: Any) -> FieldSet:
        """Every path of a value that only one of two compared objects has, itself included."""
        return LEAF

    @abstractmethod
    def compare(self, old: Any, new: Any) -> Delta | None:
        """How ``new`` differs from ``old``; None when it does not."""

    @abstractmethod
    def owned(self, value: Any) -> FieldSet | None:
        """The paths an applied configuration claims by naming this value."""

    @abstractmethod
    def merge(self, old: Any, new: Any) -> Any:
        """``old`` with an applied configuration merged in."""

    @abstractmethod
    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        """Report where an applied configuration does not fit the type."""

    def without(self, value: Any, unwanted: FieldSet) -> Any:
        """The value without the fields and items in the set."""
        return value

    def only(self, value: Any, wanted: FieldSet) -> Any:
        """The value with nothing but the fields and items in the set."""
        return value

    def conform(self, fields: FieldSet) -> FieldSet:
        """A set written under an older schema, brought to this one: what is below an atomic value becomes the value."""
        return fields

    def named(self, fields: FieldSet) -> FieldSet:
        """The set with every declared field on the way to a member made a member too."""
        return fields


def marked(node: FieldSet | None) -> FieldSet:
    """The node as a member."""
    if not node or SELF in node:
        return node or LEAF
    return {SELF: LEAF, **node}


class Scalar(Shape):
    """A leaf. ``accepts`` are the Python types a configuration may give, None for anything."""

    __slots__ = ("_accepts", "_expected")

    is_leaf = True

    def __init__(self, accepts: tuple[type, ...] | None, expected: str) -> None:
        super().__init__(loose=accepts is None)
        self._accepts = accepts
        self._expected = expected

    def compare(self, old: Any, new: Any) -> Delta | None:
        return None if self.same(old, new) else CHANGED

    def owned(self, value: Any) -> FieldSet | None:
        return LEAF

    def merge(self, old: Any, new: Any) -> Any:
        return new

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if value is None or self._accepts is None or type(value) in self._accepts:
            return
        problems.append(Problem(path, f"expected {self._expected}, got {self._shown(value)}"))

    def _shown(self, value: Any) -> str:
        """As upstream happens to print it: each with another of Go's verbs."""
        if self._expected == "string":
            return f"&value.valueUnstructured{{Value:{go_syntax(value)}}}"
        if self._expected.startswith("numeric"):
            return go_type(value)
        return f"&{{{show(value)}}}"


def go_type(value: Any) -> str:
    names = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}
    return names.get(type(value), "float64")


class Atomic(Shape):
    """A map or struct owned whole; ``content`` still knows what may be inside."""

    __slots__ = ("content",)

    is_leaf = True

    def __init__(self, content: Shape) -> None:
        super().__init__()
        self.content = content

    def inner(self) -> Iterator[Shape]:
        yield self.content

    def compare(self, old: Any, new: Any) -> Delta | None:
        return None if self.same(old, new) else CHANGED

    def owned(self, value: Any) -> FieldSet | None:
        return LEAF

    def merge(self, old: Any, new: Any) -> Any:
        return new

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        self.content.check(value, path, problems)

    def without(self, value: Any, unwanted: FieldSet) -> Any:
        return None

    def conform(self, fields: FieldSet) -> FieldSet:
        return LEAF


class AtomicList(Atomic):
    """A list owned whole; ``content`` is what its items are."""

    __slots__ = ()

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if value is None:
            return
        if type(value) is not list:
            problems.append(Problem(path, f"expected list, got &{{{show(value)}}}"))
            return
        for index, item in enumerate(value):
            self.content.check(item, f"{path}[{index}]", problems)
