"""Rules in CEL that schemas carry (x-kubernetes-validations): over a value and, where it is known, what it was.

Compiled when the first object is checked. Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/
custom-resource-definitions/#validation-rules, k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go.
Dates and durations are text in rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from apimachinery.fielderrors import MOST_TOLD, ErrorType, FieldError, invalid
from server.cel.errors import CelError
from server.cel.lazily import RULE_VARIABLES, environment
from server.custom.pruning import inner
from server.custom.values import NEW, ROOT
from server.patch.values import identical
from server.validation.structural import EMBEDDED, LIST_KEYS, LIST_TYPE, RULES, Schema, all_subschemas

Errors = list[FieldError]
Evaluate = Callable[[Mapping[str, Any]], Any]

_BLOCKING: Final = frozenset(
    {ErrorType.NOT_SUPPORTED, ErrorType.REQUIRED, ErrorType.TOO_LONG, ErrorType.TOO_MANY, ErrorType.TYPE_INVALID}
)
_UNCHECKED: Final = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)
_REASONS: Final[Mapping[str, ErrorType]] = {
    "FieldValueRequired": ErrorType.REQUIRED,
    "FieldValueForbidden": ErrorType.FORBIDDEN,
    "FieldValueDuplicate": ErrorType.DUPLICATE,
}
_RESERVED: Final = frozenset(
    {
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if"),
        *("import", "let", "loop", "package", "namespace", "return"),
    }
)
_ESCAPES: Final = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
_old = re.compile(r"\boldSelf\b")


def has_rules(schema: Schema) -> bool:
    return any(one.get(RULES) for one in all_subschemas(schema))


def check_rules(errors: Errors, obj: Any, old: Any, schema: Schema) -> None:
    """Append what rules say of an object; none is asked about one that is wrong in itself. ``old`` may be NEW."""
    if any(error.type in _BLOCKING for error in errors):
        errors.append(invalid(ROOT, None, _UNCHECKED))
        return
    _check(errors, obj, old, {**schema, EMBEDDED: True}, "")


def _check(errors: Errors, value: Any, old: Any, schema: Schema, path: str) -> None:
    if value is None or (old is not NEW and identical(value, old)):
        return
    for rule in schema.get(RULES) or ():
        _Rule.of(rule).check(errors, value, old, schema, path)
    for one, before, inside, below in _children(value, old, schema, path):
        if len(errors) > MOST_TOLD:
            return
        _check(errors, one, before, inside, below)


def _children(value: Any, old: Any, schema: Schema, path: str) -> Iterator[tuple[Any, Any, Schema, str]]:
    if isinstance(value, dict):
        properties: Mapping[str, Schema] = schema.get("properties") or {}
        more = inner(schema, "additionalProperties")
        for name, one in value.items():
            before = old.get(name, NEW) if isinstance(old, dict) else NEW
            if name in properties:
                yield one, before, properties[name], f"{path}.{name}" if path else name
            elif more is not None:
                yield one, before, more, f"{path}[{name}]"
    elif isinstance(value, list) and (items := inner(schema, "items")) is not None:
        for index, (one, before) in enumerate(zip(value, _earlier(value, old, schema), strict=True)):
            yield one, before, items, f"{path}[{index}]"


def _earlier(value: Sequence[Any], old: Any, schema: Schema) -> list[Any]:
    """What each item was: in lists that are maps that can be told."""
    keys = schema.get(LIST_KEYS) or ()
    if schema.get(LIST_TYPE) != "map" or not isinstance(old, list):
        return [NEW] * len(value)

    def key(item: Any) -> bytes:
        return orjson.dumps([item.get(name) for name in keys] if isinstance(item, dict) else None)

    known = {key(item): item for item in old}
    return [known.get(key(item), NEW) for item in value]


# -- one rule ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    """``first``: what is evaluated where there is no old value, None if the rule is about changes alone."""

    spec: Mapping[str, Any]
    first: Evaluate | None
    changed: Evaluate
    message: Evaluate | None

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> _Rule:
        key = orjson.dumps(spec)
        made = _compiled.get(key)
        if made is None:
            made = _compiled[key] = _compile(spec)
            if len(_compiled) > _MOST:
                del _compiled[next(iter(_compiled))]
        return made

    def check(self, errors: Errors, value: Any, old: Any, schema: Schema, path: str) -> None:
        evaluate = self.first if old is NEW else self.changed
        if evaluate is None:
            return
        values = {"self": cel_value(value, schema), "oldSelf": None if old is NEW else cel_value(old, schema)}
        try:
            if evaluate(values) is True:
                return
            detail = self._message(values)
        except CelError as error:
            detail = f"{error} evaluating rule: {self.spec.get('message') or self.spec['rule']}"
        kind = _REASONS.get(self.spec.get("reason") or "", ErrorType.INVALID)
        where = f"{path}{self.spec.get('fieldPath') or ''}".removeprefix(".") or ROOT
        shown = "" if kind in (ErrorType.REQUIRED, ErrorType.FORBIDDEN) else schema.get("type") or "object"
        errors.append(FieldError(kind, where, shown, detail))

    def _message(self, values: Mapping[str, Any]) -> str:
        if self.message is not None:
            try:
                said = self.message(values)
            except CelError:
                said = ""
            if isinstance(said, str) and said.strip() and "\n" not in said:
                return said.strip()
        message: str = (self.spec.get("message") or "").strip()
        return message or f"failed rule: {self.spec['rule'].strip()}"


_MOST: Final = 4096
_compiled: dict[bytes, _Rule] = {}


def _compile(spec: Mapping[str, Any]) -> _Rule:
    rule = spec["rule"]
    text = spec.get("messageExpression") or ""
    message = _program(text) if text else None
    if not _old.search(rule):
        evaluate = _program(rule)
        return _Rule(spec, evaluate, evaluate, message)
    if spec.get("optionalOldSelf"):
        optional = _old.sub("__old__", rule)
        return _Rule(
            spec,
            _program(f"cel.bind(__old__, optional.none(), {optional})"),
            _program(f"cel.bind(__old__, optional.of(oldSelf), {optional})"),
            message,
        )
    return _Rule(spec, None, _program(rule), message)


def _program(expression: str) -> Evaluate:
    """What does not compile fails when it is asked; definitions that hold such a thing are refused."""
    try:
        return environment(anything=RULE_VARIABLES).compile(expression).evaluate
    except CelError as error:
        failure = error

        def fail(values: Mapping[str, Any]) -> Any:
            raise failure

        return fail


# -- values ------------------------------------------------------------------------------------------------------------


def escaped(name: str) -> str:
    """The name of a property in an expression."""
    if name in _RESERVED:
        return f"__{name}__"
    for text, replaced in _ESCAPES:
        name = name.replace(text, replaced)
    return name


def cel_value(value: Any, schema: Schema | None) -> Any:
    """A value as a rule sees it: properties by their escaped names, numbers by their type."""
    if schema is None:
        return value
    if isinstance(value, dict):
        properties: Mapping[str, Schema] = schema.get("properties") or {}
        more = inner(schema, "additionalProperties")
        if not properties:
            return {name: cel_value(one, more) for name, one in value.items()}
        known = {escaped(name): cel_value(one, properties[name]) for name, one in value.items() if name in properties}
        return {**known, **(_metadata(value) if schema.get(EMBEDDED) else {})}
    if isinstance(value, list):
        items = inner(schema, "items")
        return [cel_value(one, items) for one in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (
            float(value) if schema.get("type") == "number" else int(value) if schema.get("type") == "integer" else value
        )
    return value


def _metadata(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Of a resource, a rule sees what it is and its name."""
    metadata = resource.get("metadata") or {}
    named = {name: metadata[name] for name in ("name", "generateName") if name in metadata}
    return {name: resource[name] for name in ("apiVersion", "kind") if name in resource} | {"metadata": named}
