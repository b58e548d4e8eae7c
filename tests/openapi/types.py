"""All types of the data, for tests that hold for every one of them."""

from __future__ import annotations

from collections.abc import Iterator

from openapi.groups import PACKAGES
from openapi.schema import Form, Type, is_kind, package_of


def all_types() -> Iterator[Type]:
    """Every named struct and union."""
    for package in PACKAGES:
        for name in package_of(package).names:
            yield package_of(package).type(name)


def all_structs() -> list[Type]:
    return [type_ for type_ in all_types() if type_.form is Form.STRUCT]


def all_kinds() -> list[Type]:
    return [type_ for type_ in all_structs() if is_kind(type_)]
