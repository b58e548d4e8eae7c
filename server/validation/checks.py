"""The small checks that every kind uses; each appends what it finds to the list it is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import FieldError, invalid, not_supported, quote, required
from apimachinery.quantity import QuantityError, parse_quantity
from server.validation.rules import dns_label, dns_subdomain, qualified_name

Errors = list[FieldError]

NEGATIVE = "must be greater than or equal to 0"
NOT_POSITIVE = "must be greater than zero"
IMMUTABLE = "field is immutable"
MAX_INT32 = (1 << 31) - 1


def flag(errors: Errors, path: str, value: Any, problems: Iterable[str]) -> None:
    """Each of a rule's messages becomes an Invalid error."""
    for problem in problems:
        errors.append(invalid(path, value, problem))


def nonnegative(errors: Errors, path: str, value: int | None) -> None:
    if value is not None and value < 0:
        errors.append(invalid(path, value, NEGATIVE))


def positive(errors: Errors, path: str, value: int) -> None:
    if value <= 0:
        errors.append(invalid(path, value, NOT_POSITIVE))


def immutable(errors: Errors, path: str, new: Any, old: Any) -> None:
    if not same(new, old):
        errors.append(invalid(path, new, IMMUTABLE))


def supported(errors: Errors, path: str, value: Any, allowed: Collection[str]) -> None:
    """``allowed`` in the order in which the message lists it."""
    if value not in allowed:
        errors.append(not_supported(path, value, allowed))


def required_choice(errors: Errors, path: str, value: str | None, allowed: Collection[str]) -> None:
    """Required when empty, else one of ``allowed``."""
    if value not in allowed:
        errors.append(not_supported(path, value, allowed) if value else required(path))


def required_name(errors: Errors, path: str, value: str | None, rule: Callable[[str], Sequence[str]]) -> None:
    """Required when empty, else ruled by ``rule``."""
    if value:
        flag(errors, path, value, rule(value))
    else:
        errors.append(required(path))


def check_label(errors: Errors, path: str, value: str) -> None:
    flag(errors, path, value, dns_label(value))


def check_subdomain(errors: Errors, path: str, value: str) -> None:
    flag(errors, path, value, dns_subdomain(value))


def check_qualified(errors: Errors, path: str, value: str) -> None:
    flag(errors, path, value, qualified_name(value))


def check_file_mode(errors: Errors, path: str, mode: int | None) -> None:
    if mode is not None and not 0 <= mode <= 0o777:
        errors.append(invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive"))


def same(new: Any, old: Any) -> bool:
    """Semantic equality: absent and empty are one, and quantities are compared as numbers."""
    if new == old:
        return True
    if isinstance(new, Mapping) or isinstance(old, Mapping):
        return _same_mapping(new or {}, old or {})
    if isinstance(new, list) or isinstance(old, list):
        new, old = new or [], old or []
        return isinstance(new, list) and len(new) == len(old) and all(map(same, new, old))
    return False


_QUANTITY_MAPS = frozenset({"limits", "requests", "capacity", "hard", "used", "overhead", "allocatable"})
_QUANTITIES = frozenset({"sizeLimit", "divisor"})


def _same_mapping(new: Any, old: Any) -> bool:
    if not isinstance(new, Mapping) or not isinstance(old, Mapping):
        return False
    for key in new.keys() | old.keys():
        a, b = new.get(key), old.get(key)
        if a == b:
            continue
        if key in _QUANTITY_MAPS:
            if not _same_quantities(a or {}, b or {}):
                return False
        elif key in _QUANTITIES:
            if not _same_quantity(a, b):
                return False
        elif not same(a, b):
            return False
    return True


def _same_quantities(new: Any, old: Any) -> bool:
    if not isinstance(new, Mapping) or not isinstance(old, Mapping):
        return False
    return new.keys() == old.keys() and all(_same_quantity(value, old[name]) for name, value in new.items())


def _same_quantity(new: Any, old: Any) -> bool:
    if not isinstance(new, str) or not isinstance(old, str):
        return False
    try:
        return parse_quantity(new) == parse_quantity(old)
    except QuantityError:
        return False


def go_strings(values: Iterable[str]) -> str:
    """A []string as Go's %#v prints it."""
    return f"[]string{{{', '.join(quote(value) for value in values)}}}"
