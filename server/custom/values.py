"""Whether a value is what a schema says, in upstream's words.

Compiled once per schema, into functions that append what is wrong. Source: k8s.io/kube-openapi/pkg/validation/validate
and errors, k8s.io/apiextensions-apiserver/pkg/apiserver/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from apimachinery.fielderrors import (
    MOST_TOLD,
    FieldError,
    invalid,
    not_supported,
    required,
    too_long,
    too_many,
    type_invalid,
)
from server.custom.formats import string_format
from server.custom.goregexp import matcher
from server.custom.pruning import inner
from server.patch.values import identical
from server.validation.structural import INT_OR_STRING, LIST_KEYS, LIST_TYPE, Schema

Errors = list[FieldError]
Check = Callable[[Errors, Any, str, Any], None]
"""(errors, value, path, what the value was or NEW): append what is wrong."""

ROOT: Final = "<nil>"
"""How upstream prints the path of the whole value."""
NEW: Final = object()
"""Instead of an old value: there is none to compare with."""
_INT32, _INT64 = 2**31, 2**63
_FLOAT32 = 3.4028234663852886e38


def checker(schema: Schema) -> Check:
    """For values of any kind, null included.

    What has not changed is not checked (KEP-4008, ratcheting): an object may keep what a later schema refuses.
    """
    parts = [
        part
        for make in (_of_type, _of_junctors, _of_string, _of_number, _of_list, _of_enum, _of_object)
        for part in make(schema)
    ]

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if old is not NEW and identical(value, old):
            return
        for part in parts:
            part(errors, value, path, old)

    return check


def _kind(value: Any) -> str:
    """The JSON type; whole numbers that are written with a point are numbers."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {str: "string", int: "integer", float: "number", list: "array", dict: "object"}[type(value)]


def _types(schema: Schema) -> tuple[str, ...]:
    if schema.get(INT_OR_STRING):
        return ("integer", "string")
    return (schema["type"],) if schema.get("type") else ()


def _say(path: str, text: str) -> str:
    return f"{path} in body {text}"


def _named(path: str) -> str:
    """Where a problem is reported."""
    return path or ROOT


# -- type --------------------------------------------------------------------------------------------------------------


def _of_type(schema: Schema) -> list[Check]:
    types, nullable = _types(schema), bool(schema.get("nullable"))
    if not types:
        return []
    wanted = ",".join(types)

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        kind = _kind(value)
        if kind in types or (kind == "integer" and "number" in types) or (kind == "null" and nullable):
            return
        if kind == "number" and "integer" in types and value.is_integer():
            return
        errors.append(type_invalid(_named(path), kind, _say(path, f'must be of type {wanted}: "{kind}"')))

    return [check]


# -- allOf, anyOf, oneOf, not ------------------------------------------------------------------------------------------


def _of_junctors(schema: Schema) -> list[Check]:
    makers = {"anyOf": _any_of, "oneOf": _one_of, "allOf": _all_of}
    checks = [make([checker(one) for one in schema[name]]) for name, make in makers.items() if schema.get(name)]
    if isinstance(schema.get("not"), Mapping):
        checks.append(_none_of(checker(schema["not"])))
    return checks


def _tried(alternatives: Sequence[Check], value: Any, path: str, old: Any) -> list[Errors]:
    found: list[Errors] = []
    for alternative in alternatives:
        errors: Errors = []
        alternative(errors, value, path, old)
        found.append(errors)
    return found


def _fewest(found: Sequence[Errors]) -> Errors:
    """Of the alternative that came nearest."""
    return min(found, key=len)


def _any_of(alternatives: Sequence[Check]) -> Check:
    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if value is None:
            return
        found = _tried(alternatives, value, path, old)
        if all(found):
            errors.append(invalid(ROOT, "", f'"{path}" must validate at least one schema (anyOf)'))
            errors.extend(_fewest(found))

    return check


def _one_of(alternatives: Sequence[Check]) -> Check:
    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if value is None:
            return
        found = _tried(alternatives, value, path, old)
        valid = sum(not one for one in found)
        if valid == 1:
            return
        more = f"Found {valid} valid alternatives" if valid else "Found none valid"
        errors.append(invalid(ROOT, "", f'"{path}" must validate one and only one schema (oneOf). {more}'))
        if not valid:
            errors.extend(_fewest(found))

    return check


def _all_of(alternatives: Sequence[Check]) -> Check:
    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if value is None:
            return
        found = _tried(alternatives, value, path, old)
        for one in found:
            errors.extend(one)
        if any(found):
            more = ". None validated" if all(found) else ""
            errors.append(invalid(ROOT, "", f'"{path}" must validate all the schemas (allOf){more}'))

    return check


def _none_of(unwanted: Check) -> Check:
    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if value is not None and not _tried([unwanted], value, path, old)[0]:
            errors.append(invalid(ROOT, "", f'"{path}" must not validate the schema (not)'))

    return check


# -- strings -----------------------------------------------------------------------------------------------------------


def _of_string(schema: Schema) -> list[Check]:
    most, least, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
    types = _types(schema)
    name = schema.get("format") or ""
    wanted = string_format(name) if types in ((), ("string",)) else None
    matches = matcher(pattern) if pattern else None
    if most is None and least is None and matches is None and wanted is None:
        return []

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if not isinstance(value, str):
            return
        if most is not None and len(value) > most:
            errors.append(too_long(_named(path), most))
        elif least is not None and len(value) < least:
            errors.append(invalid(_named(path), value, _say(path, f"should be at least {least} chars long")))
        elif matches is not None and not matches(value):
            errors.append(invalid(_named(path), value, _say(path, f"should match '{pattern}'")))
        if wanted is not None and not wanted(value):
            said = orjson.dumps(value).decode()
            errors.append(type_invalid(_named(path), value, _say(path, f"must be of type {name}: {said}")))

    return [check]


# -- numbers -----------------------------------------------------------------------------------------------------------


def _of_number(schema: Schema) -> list[Check]:
    checks = [*_bounds(schema), *_ranges(schema)]
    factor = schema.get("multipleOf")
    if factor is not None:
        checks.append(_multiple_of(factor))

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            for one in checks:
                one(errors, value, path, old)

    return [check] if checks else []


def _ranges(schema: Schema) -> list[Check]:
    types, name = _types(schema), schema.get("format") or ""
    if types == ("integer",):
        limit = _INT32 if name == "int32" else _INT64
        shown = f"integer with format {name}" if name in ("int32", "int64") else "integer (default format)"

        def fits(value: Any) -> bool:
            return bool(-limit <= value < limit)

    elif types == ("number",) and name == "float":
        shown = "number with format float"

        def fits(value: Any) -> bool:
            return bool(abs(value) <= _FLOAT32)

    else:
        return []

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if not fits(value):
            errors.append(invalid(ROOT, "", f"Checked value must be of type {shown} in {path}"))

    return [check]


def _bounds(schema: Schema) -> list[Check]:
    checks: list[Check] = []
    for name, exclusive, words in (
        ("maximum", "exclusiveMaximum", "less than"),
        ("minimum", "exclusiveMinimum", "greater than"),
    ):
        if schema.get(name) is not None:
            checks.append(_bound(schema[name], name == "maximum", bool(schema.get(exclusive)), words))
    return checks


def _bound(limit: float, upper: bool, exclusive: bool, words: str) -> Check:
    words += "" if exclusive else " or equal to"

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        bound = int(limit) if isinstance(value, int) else limit
        beyond = value > bound if upper else value < bound
        if beyond or (exclusive and value == bound):
            errors.append(invalid(_named(path), value, _say(path, f"should be {words} {_number(bound)}")))

    return check


def _multiple_of(factor: float) -> Check:
    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        whole = factor
        if isinstance(value, int):
            whole = int(factor)
            fits = whole > 0 and value % whole == 0
            if whole <= 0:
                errors.append(
                    invalid(ROOT, "", f"factor MultipleOf declared for {path} must be positive: {_number(whole)}")
                )
                return
        else:
            quotient = value / factor
            fits = abs(quotient - round(quotient)) < 1e-9 * max(1.0, abs(quotient))
        if not fits:
            errors.append(invalid(_named(path), value, _say(path, f"should be a multiple of {_number(whole)}")))

    return check


def _number(value: float) -> str:
    """As Go's %v prints it."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e21 else repr(value)


# -- lists, enums ------------------------------------------------------------------------------------------------------


def _of_list(schema: Schema) -> list[Check]:
    items = inner(schema, "items")
    each = checker(items) if items is not None else None
    paired = _pairing(schema)
    least, most, unique = schema.get("minItems"), schema.get("maxItems"), schema.get("uniqueItems")
    if each is None and least is None and most is None and not unique:
        return []

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if not isinstance(value, list):
            return
        if each is not None:
            for index, (one, before) in enumerate(zip(value, paired(value, old), strict=True)):
                if len(errors) > MOST_TOLD:
                    break
                each(errors, one, f"{path}[{index}]", before)
        if least is not None and len(value) < least:
            errors.append(invalid(_named(path), len(value), _say(path, f"should have at least {least} items")))
        if most is not None and len(value) > most:
            errors.append(too_many(_named(path), len(value), most))
        if unique and len({orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in value}) < len(value):
            errors.append(invalid(_named(path), "", _say(path, "shouldn't contain duplicates")))

    return [check]


def _pairing(schema: Schema) -> Callable[[list[Any], Any], list[Any]]:
    """For the items of a list, what each was: only in lists that are maps is that known."""
    keys: Sequence[str] = schema.get(LIST_KEYS) or ()
    if schema.get(LIST_TYPE) != "map" or not keys:
        return lambda value, old: [NEW] * len(value)

    def key(item: Any) -> bytes:
        return orjson.dumps([item.get(name) for name in keys] if isinstance(item, dict) else None)

    def paired(value: list[Any], old: Any) -> list[Any]:
        before = {key(item): item for item in old} if isinstance(old, list) else {}
        return [before.get(key(item), NEW) for item in value]

    return paired


def _of_enum(schema: Schema) -> list[Check]:
    allowed = schema.get("enum")
    if not allowed:
        return []
    names = [one if isinstance(one, str) else orjson.dumps(one).decode() for one in allowed]
    nullable = bool(schema.get("nullable"))

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if value is None and nullable:
            return
        if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in allowed):
            errors.append(not_supported(_named(path), value, names))

    return [check]


# -- objects -----------------------------------------------------------------------------------------------------------


def _of_object(schema: Schema) -> list[Check]:
    fields = {name: checker(one) for name, one in (schema.get("properties") or {}).items()}
    wanted: Sequence[str] = schema.get("required") or ()
    more = schema.get("additionalProperties")
    rest = checker(more) if isinstance(more, Mapping) else None
    closed = more is False
    least, most = schema.get("minProperties"), schema.get("maxProperties")

    def check(errors: Errors, value: Any, path: str, old: Any = NEW) -> None:
        if not isinstance(value, dict):
            return
        if least is not None and len(value) < least:
            errors.append(invalid(_named(path), len(value), _say(path, f"should have at least {least} properties")))
        if most is not None and len(value) > most:
            errors.append(too_many(_named(path), len(value), most))
        for name, one in value.items():
            if len(errors) > MOST_TOLD:
                break
            field = fields.get(name, rest)
            if field is not None:
                before = old.get(name, NEW) if isinstance(old, dict) else NEW
                field(errors, one, f"{path}.{name}" if path else name, before)
            elif closed:
                errors.append(invalid(_named(path), name, f"{path}.{name} in body is a forbidden property"))
        for name in wanted:
            if name not in value:
                errors.append(required(f"{path}.{name}" if path else name))

    return [check]
