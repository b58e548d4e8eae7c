"""Schemas of custom resources: what must be structural, and defaults."""

from __future__ import annotations

import pytest

from tests.server.validation.definition import THINGS
from tests.server.validation.table import DNS1035, SUBDOMAIN, Case, Table, all_of, cases, drop, put, same

SCHEMA = Table(
    THINGS,
    create=(
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "object",
                    "properties": {"a": {"type": "array", "items": {"type": "string"}}},
                    "oneOf": [
                        {"properties": {"a": {"items": {"minLength": 1}}}},
                        {"properties": {"b": {"type": "string"}}},
                    ],
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].oneOf[1].properties[b].type: "
                    "Forbidden: must be empty to be structural"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "object",
                    "properties": {"a": {"type": "array", "items": {"type": "object"}}},
                    "not": {"properties": {"a": {"items": {"properties": {"z": {"minLength": 1}}}}}},
                },
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "allOf": [{"not": {"properties": {"a": {"minimum": 1}}}}]},
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "array",
                    "items": {"type": "object", "oneOf": [{"required": ["a"]}]},
                    "allOf": [{"items": {"properties": {"a": {}}}}],
                },
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"]},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items: Required value: must be "
                    "specified"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items: Required value: must "
                    "have a schema if x-kubernetes-list-type is map"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "items": [{"type": "object"}],
                    "x-kubernetes-list-map-keys": ["a"],
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items: Forbidden: items must "
                    "be a schema object and not an array"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].items: Invalid value: "
                    '[{"type":"object"}]: must only have a single schema if x-kubernetes-list-type is map'
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "array",
                    "x-kubernetes-list-type": "atomic",
                    "x-kubernetes-list-map-keys": ["a"],
                    "items": {"type": "object", "properties": {"a": {"type": "string"}}},
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].x-kubernetes-list-type: "
                    'Invalid value: "atomic": must be map if x-kubernetes-list-map-keys is non-empty'
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "object",
                    "properties": {
                        "a": {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "string"}}}}
                    },
                    "default": {"a": [{"b": "x", "c": "y"}]},
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].default: Invalid value: "
                    '{"a":[{"b":"x","c":"y"}]}: must not have unknown fields'
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "object",
                    "additionalProperties": {"type": "object", "properties": {"b": {"type": "string"}}},
                    "default": {"k": {"b": "x", "c": "y"}},
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].default: Invalid value: "
                    '{"k":{"b":"x","c":"y"}}: must not have unknown fields'
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "default": {"k": 1}},
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "object",
                    "x-kubernetes-embedded-resource": True,
                    "properties": {"spec": {"type": "object"}},
                    "default": {"apiVersion": "v1", "kind": "K", "spec": {}},
                },
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "object", "dependencies": {"a": {"type": "object", "$ref": "x"}}},
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].dependencies: Forbidden: "
                    "dependencies is not supported"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[x].dependencies[a].$ref: "
                    "Forbidden: $ref is not supported"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {"type": "string", "enum": ["a", "a"], "format": "x", "multipleOf": 0, "minLength": -1},
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.x",
                {
                    "type": "string",
                    "x-kubernetes-validations": [
                        {"rule": "self", "message": ""},
                        {"rule": "self", "messageExpression": "a", "reason": "FieldValueInvalid", "fieldPath": ""},
                    ],
                },
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.metadata",
                {
                    "type": "object",
                    "properties": {"name": {"type": "string", "x-kubernetes-embedded-resource": True}},
                    "additionalProperties": {"type": "string", "default": "x"},
                },
            ),
            [
                (
                    "spec.validation.openAPIV3Schema.properties[metadata].properties[name].properties: Required "
                    "value: must not be empty if x-kubernetes-embedded-resource is true without "
                    "x-kubernetes-preserve-unknown-fields"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[metadata].properties[name].type: Invalid value: "
                    '"string": must be object if x-kubernetes-embedded-resource is true'
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything "
                    "other than name and generateName, but metadata is implicitly specified"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[metadata].additionalProperties: Forbidden: "
                    "additionalProperties and properties are mutual exclusive"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[metadata].additionalProperties.default: Forbidden: "
                    "must not be set inside additionalProperties applying to object metadata"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[metadata].properties[name].x-kub"
                    "ernetes-embedded-resource: Forbidden: must not be used inside of resource meta"
                ),
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.oneOf",
                [
                    {
                        "properties": {
                            "none": {"minLength": 1},
                            "spec": {
                                "properties": {
                                    "names": {"items": {"properties": {"k": {"minLength": 1}, "z": {"minLength": 1}}}}
                                }
                            },
                        }
                    }
                ],
            ),
            [
                (
                    "spec.validation.openAPIV3Schema: Invalid value: "
                    '{"type":"object","properties":{"spec":{"type":"object","properties":{"names'
                    '":{"type":"array","items":{"type":"object","required":["k"],"properties":{"'
                    'k":{"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-lis'
                    't-type":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"ob'
                    'ject"}},"oneOf":[{"properties":{"none":{"minLength":1},"spec":{"properties"'
                    ':{"names":{"items":{"properties":{"k":{"minLength":1},"z":{"minLength":1}}}}}}}}]}: only '
                    "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength "
                    "MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties "
                    "ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the root of "
                    "the schema if the status subresource is enabled"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[none]: Required value: because it is defined in "
                    "spec.validation.openAPIV3Schema.oneOf[0].properties[none]"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[spec].properties[names].items.properties[z]: "
                    "Required value: because it is defined in "
                    "spec.validation.openAPIV3Schema.oneOf[0].properties[spec].properties[names]"
                    ".items.properties[z]"
                ),
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.not", {"properties": {"status": {"items": {"minLength": 1}}}}),
            [
                (
                    "spec.validation.openAPIV3Schema: Invalid value: "
                    '{"type":"object","properties":{"spec":{"type":"object","properties":{"names'
                    '":{"type":"array","items":{"type":"object","required":["k"],"properties":{"'
                    'k":{"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-lis'
                    't-type":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"ob'
                    'ject"}},"not":{"properties":{"status":{"items":{"minLength":1}}}}}: only [Description Type '
                    "Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern "
                    "MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example "
                    "XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the "
                    "status subresource is enabled"
                ),
                (
                    "spec.validation.openAPIV3Schema.properties[status].items: Required value: because it is "
                    "defined in spec.validation.openAPIV3Schema.not.properties[status].items"
                ),
            ],
        ),
    ),
)

DEFINITION = Table(
    THINGS,
    create=(
        (
            all_of(put("spec.group", "A.io"), put("metadata.name", "things.A.io")),
            [
                f'metadata.name: Invalid value: "things.A.io": {SUBDOMAIN}',
                f'spec.group: Invalid value: "A.io": {SUBDOMAIN}',
            ],
        ),
        (
            put("spec.versions.1", {"name": "v2", "served": True, "storage": False}),
            ["spec.versions[1].schema.openAPIV3Schema: Required value"],
        ),
        (
            put("spec.versions.1", {"name": "v2", "served": False, "storage": False}),
            ["spec.versions[1].schema.openAPIV3Schema: Required value"],
        ),
        (
            put(
                "spec.conversion",
                {
                    "strategy": "Webhook",
                    "webhook": {
                        "conversionReviewVersions": ["v1", "v1", ""],
                        "clientConfig": {"url": "https://x", "caBundle": "aGk="},
                    },
                },
            ),
            [
                'spec.conversion.conversionReviewVersions[1]: Invalid value: "v1": duplicate version',
                f'spec.conversion.conversionReviewVersions[2]: Invalid value: "": {DNS1035}',
            ],
        ),
        (
            put(
                "spec.conversion",
                {
                    "strategy": "Webhook",
                    "webhook": {
                        "conversionReviewVersions": ["v1"],
                        "clientConfig": {"url": "https://x", "service": {"name": "s", "namespace": "n", "path": "//"}},
                    },
                },
            ),
            ["spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required"],
        ),
        (put("spec.conversion", {"strategy": ""}), ["spec.conversion.strategy: Required value"]),
        (
            put("spec.versions.0.selectableFields", [{"jsonPath": ".metadata.name"}]),
            [
                (
                    'spec.selectableFields[0].jsonPath: Invalid value: ".metadata.name": is an invalid path: does '
                    "not refer to a valid field"
                )
            ],
        ),
        (
            put(
                "spec.versions.0.subresources.scale",
                {"specReplicasPath": "", "statusReplicasPath": ".status.x", "labelSelectorPath": ""},
            ),
            ["spec.subresources.scale.specReplicasPath: Required value"],
        ),
        (
            all_of(
                put("spec.group", "x.k8s.io"),
                put("metadata.name", "things.x.k8s.io"),
                put("metadata.annotations", {"api-approved.kubernetes.io": "https://github.com/kubernetes/pull/1"}),
            ),
            [],
        ),
        (
            all_of(
                put("spec.group", "x.k8s.io"),
                put("metadata.name", "things.x.k8s.io"),
                put("metadata.annotations", {"api-approved.kubernetes.io": ""}),
            ),
            [
                (
                    "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have "
                    'approval annotation "api-approved.kubernetes.io", see '
                    "https://github.com/kubernetes/enhancements/pull/1111"
                )
            ],
        ),
    ),
    update=(
        (
            put(
                "spec.conversion",
                {
                    "strategy": "Webhook",
                    "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://x"}},
                },
            ),
            put(
                "spec.conversion",
                {
                    "strategy": "Webhook",
                    "webhook": {
                        "conversionReviewVersions": ["v1"],
                        "clientConfig": {"url": "https://x", "caBundle": "aGk="},
                    },
                },
            ),
            [
                (
                    'spec.conversion.webhookClientConfig.caBundle: Invalid value: "aGk=": unable to load root '
                    "certificates: unable to parse bytes as PEM block"
                )
            ],
        ),
        (
            put(
                "spec.conversion",
                {
                    "strategy": "Webhook",
                    "webhook": {
                        "conversionReviewVersions": ["v1"],
                        "clientConfig": {"url": "https://x", "caBundle": "aGk="},
                    },
                },
            ),
            put(
                "spec.conversion",
                {
                    "strategy": "Webhook",
                    "webhook": {
                        "conversionReviewVersions": ["v1"],
                        "clientConfig": {"url": "https://x", "caBundle": "aGo="},
                    },
                },
            ),
            [],
        ),
        (
            put("spec.preserveUnknownFields", True),
            all_of(
                put("spec.preserveUnknownFields", True),
                put(
                    "spec.conversion",
                    {
                        "strategy": "Webhook",
                        "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://x"}},
                    },
                ),
            ),
            [
                (
                    "spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in "
                    "the schema"
                ),
                (
                    'spec.conversion.strategy: Invalid value: "Webhook": must be None if '
                    "spec.preserveUnknownFields is true"
                ),
            ],
        ),
        (
            all_of(
                drop("spec.versions.0.schema"), drop("spec.versions.0.selectableFields"), put("status.conditions", [])
            ),
            all_of(
                drop("spec.versions.0.schema"), drop("spec.versions.0.selectableFields"), put("status.conditions", [])
            ),
            ["spec.versions[0].schema.openAPIV3Schema: Required value: because otherwise all fields are pruned"],
        ),
        (
            same,
            put("status.storedVersions", ["v1", "v2"]),
            [
                (
                    'status.storedVersions[1]: Invalid value: "v2": missing from spec.versions; v2 was previously '
                    "a storage version, and must remain in spec.versions until a storage migration ensures no data "
                    "remains persisted in v2 and removes v2 from status.storedVersions"
                )
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(SCHEMA, DEFINITION))
def test_rules(case: Case) -> None:
    case.check()
