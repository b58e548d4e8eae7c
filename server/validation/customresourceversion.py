"""The versions of custom resources: their schemas, subresources, columns and selectable fields.

Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, required, too_many
from server.validation.checks import Errors, flag
from server.validation.objectmeta import byte_length
from server.validation.openapischema import STRICT, SchemaOptions, check_openapi_schema
from server.validation.schemadefaults import ValueCheck, check_defaults
from server.validation.schemapaths import PathError, check_simple_path, find_field
from server.validation.structural import Schema, check_structural, structural_obstacle

Source = Mapping[str, Any]

_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
MAX_SELECTABLE = 8
_SELECTABLE = ("string", "boolean", "integer")
_ROOT_FIELDS = (
    "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern "
    "MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields "
    "XValidations"
)
_NOT_AT_ROOT = (
    "nullable",
    "default",
    "maxProperties",
    "minProperties",
    "enum",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "additionalProperties",
    "patternProperties",
    "dependencies",
    "additionalItems",
    "definitions",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
)


@dataclass(frozen=True, slots=True)
class DefinitionOptions:
    """What the stored definition has wrong and may keep."""

    value_check: ValueCheck
    schema: SchemaOptions = STRICT
    any_review: bool = False
    any_bundle: bool = True
    no_schema: bool = False
    unstructured: bool = False
    unpruned: bool = False
    selectable: frozenset[str] = frozenset()
    """Versions that may have too many selectable fields; an empty name: all of them."""


def schema_of(holder: Source | None) -> Schema | None:
    schema: Schema | None = (holder or {}).get("openAPIV3Schema")
    return schema


def check_version(errors: Errors, version: Source, spec: Source, options: DefinitionOptions, path: str) -> None:
    warning = version.get("deprecationWarning")
    if warning is not None:
        problems = _warning_problems(warning, bool(version.get("deprecated")))
        flag(errors, f"{path}.deprecationWarning", warning, problems)
    own = any(one.get("subresources") is not None for one in spec["versions"])
    subresources = version.get("subresources") if own else spec.get("subresources")
    has_status = (subresources or {}).get("status") is not None
    check_validation(errors, version.get("schema"), has_status, options, f"{path}.schema")
    check_subresources(errors, version.get("subresources"), f"{path}.subresources")
    check_columns(errors, version.get("additionalPrinterColumns") or (), f"{path}.additionalPrinterColumns")
    if not (fields := version.get("selectableFields")):
        return
    schema, here = schema_of(version.get("schema")), f"{path}.selectableFields"
    if schema is None:
        problem = "may only be set when `version.schema.openAPIV3Schema` is not included"
        errors.append(invalid(here, "", problem))
    else:
        check_selectable(errors, fields, schema, here, version.get("name") in options.selectable)


def _warning_problems(text: str, deprecated: bool) -> list[str]:
    if not deprecated:
        return ["can only be set for deprecated versions"]
    problems = ["must be <= 256 characters long"] if byte_length(text) > 256 else []
    if not text:
        problems.append("must not be an empty string")
    position = 0
    for character in text:
        if not character.isprintable():
            reason = f"non-printable character found at index {position}"
            return [*problems, f"must only contain printable UTF-8 characters; {reason}"]
        position += byte_length(character)
    return problems


def check_validation(
    errors: Errors, holder: Source | None, has_status: bool, options: DefinitionOptions, path: str
) -> None:
    schema = schema_of(holder)
    if schema is None:
        return
    before, here = len(errors), f"{path}.openAPIV3Schema"
    if has_status:
        _check_root(errors, schema, here)
    if schema.get("nullable"):
        errors.append(forbidden(f"{here}.nullable", "nullable cannot be true at the root"))
    obstacle = "" if options.unstructured else structural_obstacle(schema)
    if not options.unstructured and not obstacle:
        found = len(errors)
        check_structural(errors, schema, here)
        if len(errors) == found:
            check_defaults(errors, schema, here, options.value_check, options.unpruned)
    check_openapi_schema(errors, schema, here, options.schema)
    if obstacle and len(errors) == before:
        errors.append(invalid(here, "", obstacle))


def _check_root(errors: Errors, schema: Schema, path: str) -> None:
    """What is allowed so that the status can be checked by itself."""
    kind = schema.get("type") or ""
    if any(schema.get(field) for field in ("id", "$schema", "$ref")):
        pass
    elif kind and kind != "object":
        problem = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
        errors.append(invalid(f"{path}.type", kind, problem))
        return
    elif not any(schema.get(field) not in (None, False, [], {}) for field in _NOT_AT_ROOT):
        return
    problem = f"only [{_ROOT_FIELDS}] fields are allowed at the root of the schema if the status subresource is enabled"
    errors.append(invalid(path, schema, problem))


def check_subresources(errors: Errors, subresources: Source | None, path: str) -> None:
    scale = (subresources or {}).get("scale")
    if scale is None:
        return
    for field, prefix in (("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")):
        here, text = f"{path}.scale.{field}", scale.get(field) or ""
        if not text:
            errors.append(required(here))
        elif check_simple_path(errors, here, text) and not text.startswith(f"{prefix}."):
            errors.append(invalid(here, text, f"should be a json path under {prefix}"))
    here, text = f"{path}.scale.labelSelectorPath", scale.get("labelSelectorPath")
    if text and check_simple_path(errors, here, text) and not text.startswith((".spec.", ".status.")):
        errors.append(invalid(here, text, "should be a json path under either .spec or .status"))


def check_columns(errors: Errors, columns: Sequence[Source], path: str) -> None:
    types, formats = (f"must be one of {','.join(names)}" for names in (_COLUMN_TYPES, _COLUMN_FORMATS))
    for index, column in enumerate(columns):
        here, kind, form, text = f"{path}[{index}]", column.get("type"), column.get("format"), column.get("jsonPath")
        if not column.get("name"):
            errors.append(required(f"{here}.name"))
        if not kind:
            errors.append(required(f"{here}.type", types))
        elif kind not in _COLUMN_TYPES:
            errors.append(invalid(f"{here}.type", kind, types))
        if form and form not in _COLUMN_FORMATS:
            errors.append(invalid(f"{here}.format", form, formats))
        if text:
            check_simple_path(errors, f"{here}.JSONPath", text)
        else:
            errors.append(required(f"{here}.JSONPath"))


def check_selectable(errors: Errors, fields: Sequence[Source], schema: Schema, path: str, any_number: bool) -> None:
    seen: set[tuple[str, ...]] = set()
    for index, field in enumerate(fields):
        text, here = field.get("jsonPath") or "", f"{path}[{index}].jsonPath"
        if not text:
            errors.append(required(here))
            continue
        try:
            steps, found = find_field(text, schema, keys=False)
        except PathError as error:
            errors.append(invalid(here, text, f"is an invalid path: {error}"))
            continue
        if steps[0] == "metadata":
            errors.append(invalid(here, text, "must not point to fields in metadata"))
        if (found or {}).get("type") not in _SELECTABLE:
            problem = (
                "must point to a field of type string, boolean or integer. "
                "Enum string fields and strings with formats are allowed."
            )
            errors.append(invalid(here, text, problem))
        if steps in seen:
            errors.append(duplicate(here, text))
        seen.add(steps)
    if len(seen) > MAX_SELECTABLE and not any_number:
        errors.append(too_many(path, len(seen), MAX_SELECTABLE))
