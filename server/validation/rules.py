"""Name rules as validation needs them: upstream's messages, with a fast answer for what is valid.

A quick pattern accepts most valid values with one regular expression; whatever it does not know goes to
:mod:`apimachinery.names`, which decides and words the problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from apimachinery import names

NameRule = Callable[[str, bool], Sequence[str]]
"""(name, is it only a prefix to which a suffix will be added) → problems."""

_label = re.compile("[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?").fullmatch
_subdomain = re.compile("[a-z0-9]+(?:[-.][a-z0-9]+)*").fullmatch
_key = re.compile("(?:[a-z0-9]+(?:[-.][a-z0-9]+)*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?").fullmatch
_value = re.compile("(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?").fullmatch


def dns_label(value: str) -> Sequence[str]:
    return () if _label(value) else names.is_dns1123_label(value)


def dns_subdomain(value: str) -> Sequence[str]:
    return () if len(value) <= 253 and _subdomain(value) else names.is_dns1123_subdomain(value)


def qualified_name(value: str) -> Sequence[str]:
    return () if len(value) <= 253 and _key(value) else names.is_qualified_name(value)


def label_value(value: str) -> Sequence[str]:
    return () if _value(value) else names.is_label_value(value)


def name_is_dns_subdomain(name: str, prefix: bool = False) -> Sequence[str]:
    """Most kinds."""
    return dns_subdomain(names.mask_trailing_dash(name) if prefix else name)


def name_is_dns_label(name: str, prefix: bool = False) -> Sequence[str]:
    """Namespaces, services."""
    return dns_label(names.mask_trailing_dash(name) if prefix else name)


def name_is_path_segment(name: str, prefix: bool = False) -> Sequence[str]:
    """RBAC objects: anything that fits in a URL path."""
    return names.is_path_segment_prefix(name) if prefix else names.is_path_segment_name(name)
