"""Schemas of custom resources: what each field of a schema may say."""

from __future__ import annotations

import pytest

from tests.server.validation.definition import THINGS
from tests.server.validation.table import Case, Table, cases, drop, put

SCHEMA = Table(
    THINGS,
    create=(
        (
            drop("spec.versions.0.schema"),
            [
                "spec.versions[0].schema.openAPIV3Schema: Required value",
                'spec.selectableFields: Invalid value: "": may only be set when validations.schema is included',
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.type", "array"),
            [
                (
                    'spec.validation.openAPIV3Schema.type: Invalid value: "array": only "object" is allowed as the '
                    "type at the root of the schema if the status subresource is enabled"
                ),
                "spec.validation.openAPIV3Schema.items: Required value: must be specified",
                'spec.validation.openAPIV3Schema.type: Invalid value: "array": must be object at the root',
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.nullable", True),
            [
                (
                    "spec.validation.openAPIV3Schema: Invalid value: "
                    '{"type":"object","properties":{"spec":{"type":"object","properties":{"names'
                    '":{"type":"array","items":{"type":"object","required":["k"],"properties":{"'
                    'k":{"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-lis'
                    't-type":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"ob'
                    'ject"}},"nullable":true}: only [Description Type Format Title Maximum ExclusiveMaximum '
                    "Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf "
                    "Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields "
                    "are allowed at the root of the schema if the status subresource is enabled"
                ),
                "spec.validation.openAPIV3Schema.nullable: Forbidden: nullable cannot be true at the root",
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.anyOf", [{"required": ["spec"]}]),
            [
                (
                    "spec.validation.openAPIV3Schema: Invalid value: "
                    '{"type":"object","properties":{"spec":{"type":"object","properties":{"names'
                    '":{"type":"array","items":{"type":"object","required":["k"],"properties":{"'
                    'k":{"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-lis'
                    't-type":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"ob'
                    'ject"}},"anyOf":[{"required":["spec"]}]}: only [Description Type Format Title Maximum '
                    "ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems "
                    "UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields "
                    "XValidations] fields are allowed at the root of the schema if the status subresource is "
                    "enabled"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.additionalProperties", True),
            [
                (
                    "spec.validation.openAPIV3Schema: Invalid value: "
                    '{"type":"object","properties":{"spec":{"type":"object","properties":{"names'
                    '":{"type":"array","items":{"type":"object","required":["k"],"properties":{"'
                    'k":{"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-lis'
                    't-type":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"ob'
                    'ject"}},"additionalProperties":true}: only [Description Type Format Title Maximum '
                    "ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems "
                    "UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields "
                    "XValidations] fields are allowed at the root of the schema if the status subresource is "
                    "enabled"
                ),
                "spec.validation.openAPIV3Schema.additionalProperties: Forbidden: must not be used at the root",
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.metadata", {"type": "object", "required": ["name"]}),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything "
                    "other than name and generateName, but metadata is implicitly specified"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.metadata", {"type": "string"}),
            ['spec.validation.openAPIV3Schema.properties[metadata].type: Invalid value: "string": must be object'],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.kind", {"type": "integer"}),
            ['spec.validation.openAPIV3Schema.properties[kind].type: Invalid value: "integer": must be string'],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.metadata",
                {"type": "object", "properties": {"name": {"type": "string", "default": "x"}}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[metadata].properties[name].default: Forbidden: "
                    "must not be set in top-level metadata"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x", {}),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Required value: must not "
                    "be empty for specified object fields"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x", {"type": "strange"}),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Unsupported value: "
                    '"strange": supported values: "array", "boolean", "integer", "number", "object", "string"'
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x", {"type": "array"}),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items: Required value: must be "
                    "specified"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x", {"type": "array", "items": {}}),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.type: Required value: "
                    "must not be empty for specified array items"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x", {"type": "null"}),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Unsupported value: "
                    '"null": supported values: "array", "boolean", "integer", "number", "object", "string"'
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Forbidden: type cannot "
                    "be set to null, use nullable as an alternative"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "array", "items": [{"type": "string"}]},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items: Forbidden: items must "
                    "be a schema object and not an array"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x", {"$ref": "#/x"}),
            [("spec.validation.openAPIV3Schema.properties[spec].properties[x].$ref: Forbidden: $ref is not supported")],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "$schema": "x"},
            ),
            ["spec.validation.openAPIV3Schema: Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported"],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "object",
                    "id": "x",
                    "definitions": {"a": {}},
                    "dependencies": {"a": ["b"]},
                    "patternProperties": {"a": {}},
                    "additionalItems": True,
                },
            ),
            [
                "spec.validation.openAPIV3Schema.properties[spec].properties[x].id: Forbidden: id is not supported",
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].additionalItems: Forbidden: "
                    "additionalItems is not supported"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].patternProperties: Forbidden: "
                    "patternProperties is not supported"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].definitions: Forbidden: "
                    "definitions is not supported"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].dependencies: Forbidden: "
                    "dependencies is not supported"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].uniqueItems: Forbidden: "
                    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].additionalProperties: "
                    "Forbidden: additionalProperties and properties are mutual exclusive"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "string", "pattern": "(a"},
            ),
            [
                (
                    'spec.validation.openAPIV3Schema.properties[spec].properties[x].pattern: Invalid value: "(a": '
                    "must be a valid regular expression, but isn't: error parsing regexp: missing closing ): `(a`"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "string", "pattern": "a(?!b)"},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].pattern: Invalid value: "
                    '"a(?!b)": must be a valid regular expression, but isn\'t: error parsing regexp: invalid or '
                    "unsupported Perl syntax: `(?!`"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "x-kubernetes-int-or-string": True,
                    "x-kubernetes-preserve-unknown-fields": True,
                    "x-kubernetes-embedded-resource": True,
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Required value: must be "
                    "object if x-kubernetes-embedded-resource is true"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    "-embedded-resource: Invalid value: true: must be false if x-kubernetes-int-or-string is true"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    "-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is "
                    "true"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "string",
                    "anyOf": [
                        {"type": "integer"},
                        {"default": 1, "nullable": True, "description": "d", "x-kubernetes-list-type": "set"},
                    ],
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].anyOf[0].type: Forbidden: must "
                    "be empty to be structural"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].anyOf[1].default: Forbidden: "
                    "must be undefined to be structural"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].anyOf[1].description: "
                    "Forbidden: must be empty to be structural"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].anyOf[1].nullable: Forbidden: "
                    "must be false to be structural"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].anyOf[1].x-k"
                    "ubernetes-list-type: Forbidden: must be undefined to be structural"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].anyOf[1].type: Required value: "
                    "must be array if x-kubernetes-list-type is specified"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "object",
                    "allOf": [{"properties": {"a": {"minimum": 1}, "metadata": {}}}],
                    "not": {"additionalProperties": {"minLength": 1}},
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].allOf[0].properties[metadata]: "
                    "Forbidden: must not be specified in a nested context"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].not.additionalProperties: "
                    "Forbidden: must be undefined to be structural"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "string", "x-kubernetes-embedded-resource": True},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].properties: Required value: "
                    "must not be empty if x-kubernetes-embedded-resource is true without "
                    "x-kubernetes-preserve-unknown-fields"
                ),
                (
                    'spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Invalid value: "string": '
                    "must be object if x-kubernetes-embedded-resource is true"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "x-kubernetes-embedded-resource": True, "additionalProperties": {"type": "string"}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].additionalProperties: "
                    "Forbidden: must not be used if x-kubernetes-embedded-resource is set"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].properties: Required value: "
                    "must not be empty if x-kubernetes-embedded-resource is true without "
                    "x-kubernetes-preserve-unknown-fields"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "x-kubernetes-preserve-unknown-fields": False},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    "-preserve-unknown-fields: Invalid value: false: must be true or undefined"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "string", "x-kubernetes-map-type": "some", "x-kubernetes-list-type": "some"},
            ),
            [
                (
                    'spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Invalid value: "string": '
                    "must be object if x-kubernetes-map-type is specified"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-map-type: "
                    'Unsupported value: "some": supported values: "atomic", "granular"'
                ),
                (
                    'spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Invalid value: "string": '
                    "must be array if x-kubernetes-list-type is specified"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-list-type: "
                    'Unsupported value: "some": supported values: "atomic", "set", "map"'
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object", "nullable": True}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.x-kubernetes-map-type: "
                    "Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.nullable: Forbidden: "
                    "cannot be nullable when x-kubernetes-list-type is set"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "array", "x-kubernetes-list-map-keys": ["a"], "items": {"type": "string"}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-list-type: "
                    "Required value: must be map if x-kubernetes-list-map-keys is non-empty"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "string"}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-list-map-keys: "
                    "Required value: must not be empty if x-kubernetes-list-type is map"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.type: Invalid value: "
                    '"string": must be object if parent array\'s x-kubernetes-list-type is map'
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["a", "b", "b", "c"],
                    "items": {
                        "type": "object",
                        "properties": {"a": {"type": "object"}, "b": {"type": "string", "nullable": True}},
                    },
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.properties[a].type: "
                    'Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is '
                    "map"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-list-map-keys: "
                    'Invalid value: ["a","b","b","c"]: must not contain duplicate entries'
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-list-map-keys: "
                    'Invalid value: ["a","b","b","c"]: entries must all be names of item properties'
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.properties[a].default: "
                    "Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or "
                    "be a required property"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.properties[b].default: "
                    "Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or "
                    "be a required property"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items.properties[b].nullable: "
                    "Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "properties": {"a": {"type": "string"}}, "default": {"b": 1}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].default: Invalid value: "
                    '{"b":1}: must not have unknown fields'
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "string",
                    "x-kubernetes-validations": [
                        {"rule": ""},
                        {"rule": "self", "message": " "},
                        {"rule": "self", "message": "b\nc"},
                        {"rule": "a\nb"},
                        {"rule": "self", "messageExpression": " ", "reason": "Some", "fieldPath": ".x"},
                    ],
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    "-validations[0].rule: Required value: rule is not specified"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    '-validations[1].message: Invalid value: " ": must be non-empty if specified'
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    '-validations[2].message: Invalid value: "b\\nc": must not contain line breaks'
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    "-validations[3].message: Required value: message must be specified if rule contains line "
                    "breaks"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    "-validations[4].messageExpression: Required value: messageExpression must be non-empty if "
                    "specified"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    '-validations[4].reason: Unsupported value: "Some": supported values: "FieldValueDuplicate", '
                    '"FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"'
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes"
                    '-validations[4].fieldPath: Invalid value: ".x": must be a valid path'
                ),
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(SCHEMA))
def test_rules(case: Case) -> None:
    case.check()
