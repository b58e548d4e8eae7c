"""Definitions of custom resources: names, versions, schemas, conversion."""

from __future__ import annotations

import pytest

from tests.server.validation.table import DNS1035, Case, Table, all_of, cases, drop, put, same

DEFINITION = Table(
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.a.io"},
        "spec": {
            "group": "a.io",
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "properties": {
                                        "size": {"type": "integer", "default": 1},
                                        "names": {
                                            "type": "array",
                                            "x-kubernetes-list-type": "map",
                                            "x-kubernetes-list-map-keys": ["k"],
                                            "items": {
                                                "type": "object",
                                                "required": ["k"],
                                                "properties": {"k": {"type": "string"}},
                                            },
                                        },
                                    },
                                },
                                "status": {"type": "object"},
                            },
                        }
                    },
                    "subresources": {
                        "status": {},
                        "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"},
                    },
                    "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
                    "selectableFields": [{"jsonPath": ".spec.size"}],
                }
            ],
        },
        "status": {
            "storedVersions": ["v1"],
            "acceptedNames": {"plural": "things", "kind": "Thing"},
            "conditions": [{"type": "Established", "status": "True"}],
        },
    },
    create=(
        (
            put("metadata.name", "x.a.io"),
            ['metadata.name: Invalid value: "x.a.io": must be spec.names.plural+"."+spec.group'],
        ),
        (
            put("spec.group", ""),
            [
                'metadata.name: Invalid value: "things.a.io": must be spec.names.plural+"."+spec.group',
                "spec.group: Required value",
            ],
        ),
        (
            all_of(put("spec.group", "a"), put("metadata.name", "things.a")),
            ['spec.group: Invalid value: "a": should be a domain with at least one dot'],
        ),
        (
            put("spec.scope", "Some"),
            ['spec.scope: Unsupported value: "Some": supported values: "Cluster", "Namespaced"'],
        ),
        (
            put(
                "spec.names",
                {
                    "plural": "things",
                    "singular": "A",
                    "kind": "1",
                    "listKind": "1",
                    "shortNames": ["A"],
                    "categories": ["B"],
                },
            ),
            [
                f'spec.names.singular: Invalid value: "A": {DNS1035}',
                f'spec.names.kind: Invalid value: "1": may have mixed case, but should otherwise match: {DNS1035}',
                (
                    'spec.names.listKind: Invalid value: "1": may have mixed case, but should otherwise match: '
                    f"{DNS1035}"
                ),
                f'spec.names.shortNames[0]: Invalid value: "A": {DNS1035}',
                'spec.names.listKind: Invalid value: "1": kind and listKind may not be the same',
                f'spec.names.categories[0]: Invalid value: "B": {DNS1035}',
            ],
        ),
        (
            put("spec.names", {"plural": "things"}),
            [
                "spec.names.singular: Required value",
                "spec.names.kind: Required value",
                "spec.names.listKind: Required value",
            ],
        ),
        (
            put("spec.versions", []),
            [
                "spec.versions: Invalid value: []: must have exactly one version marked as storage version",
                (
                    'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously '
                    "a storage version, and must remain in spec.versions until a storage migration ensures no data "
                    "remains persisted in v1 and removes v1 from status.storedVersions"
                ),
            ],
        ),
        (
            put("spec.versions.0.name", "1"),
            [
                f'spec.versions[0].name: Invalid value: "1": {DNS1035}',
                f'spec.version: Invalid value: "1": {DNS1035}',
                'status.storedVersions: Invalid value: ["v1"]: must have the storage version 1',
                (
                    'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously '
                    "a storage version, and must remain in spec.versions until a storage migration ensures no data "
                    "remains persisted in v1 and removes v1 from status.storedVersions"
                ),
            ],
        ),
        (
            put("spec.versions.0.storage", False),
            [
                (
                    "spec.versions: Invalid value: "
                    '[{"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"t'
                    'ype":"object","properties":{"spec":{"type":"object","properties":{"names":{'
                    '"type":"array","items":{"type":"object","required":["k"],"properties":{"k":'
                    '{"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-list-t'
                    'ype":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"objec'
                    't"}}}},"subresources":{"status":{},"scale":{"specReplicasPath":".spec.size"'
                    ',"statusReplicasPath":".status.size"}},"additionalPrinterColumns":[{"name":'
                    '"Size","type":"integer","jsonPath":".spec.size"}],"selectableFields":[{"jso'
                    'nPath":".spec.size"}]}]: must have exactly one version marked as storage version'
                )
            ],
        ),
        (
            put("spec.versions.1", {"name": "v1", "served": True, "storage": True}),
            [
                "spec.versions[1].schema.openAPIV3Schema: Required value",
                (
                    "spec.versions: Invalid value: "
                    '[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"ty'
                    'pe":"object","properties":{"spec":{"type":"object","properties":{"names":{"'
                    'type":"array","items":{"type":"object","required":["k"],"properties":{"k":{'
                    '"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-list-ty'
                    'pe":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"object'
                    '"}}}},"subresources":{"status":{},"scale":{"specReplicasPath":".spec.size",'
                    '"statusReplicasPath":".status.size"}},"additionalPrinterColumns":[{"name":"'
                    'Size","type":"integer","jsonPath":".spec.size"}],"selectableFields":[{"json'
                    'Path":".spec.size"}]},{"name":"v1","served":true,"storage":true}]: must contain unique '
                    "version names"
                ),
                (
                    "spec.versions: Invalid value: "
                    '[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"ty'
                    'pe":"object","properties":{"spec":{"type":"object","properties":{"names":{"'
                    'type":"array","items":{"type":"object","required":["k"],"properties":{"k":{'
                    '"type":"string"}}},"x-kubernetes-list-map-keys":["k"],"x-kubernetes-list-ty'
                    'pe":"map"},"size":{"type":"integer","default":1}}},"status":{"type":"object'
                    '"}}}},"subresources":{"status":{},"scale":{"specReplicasPath":".spec.size",'
                    '"statusReplicasPath":".status.size"}},"additionalPrinterColumns":[{"name":"'
                    'Size","type":"integer","jsonPath":".spec.size"}],"selectableFields":[{"json'
                    'Path":".spec.size"}]},{"name":"v1","served":true,"storage":true}]: must have exactly one '
                    "version marked as storage version"
                ),
            ],
        ),
        (
            put("spec.versions.0.deprecationWarning", "w"),
            ['spec.versions[0].deprecationWarning: Invalid value: "w": can only be set for deprecated versions'],
        ),
        (
            all_of(put("spec.versions.0.deprecated", True), put("spec.versions.0.deprecationWarning", "a\nb")),
            [
                (
                    'spec.versions[0].deprecationWarning: Invalid value: "a\\nb": must only contain printable '
                    "UTF-8 characters; non-printable character found at index 1"
                )
            ],
        ),
        (
            put("spec.preserveUnknownFields", True),
            [
                (
                    "spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in "
                    "the schema"
                ),
                (
                    "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set "
                    "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
                ),
            ],
        ),
        (
            put("status.storedVersions", []),
            ["status.storedVersions: Invalid value: null: must have at least one stored version"],
        ),
        (
            put("status.storedVersions", ["v0"]),
            [
                'status.storedVersions: Invalid value: ["v0"]: must have the storage version v1',
                (
                    'status.storedVersions[0]: Invalid value: "v0": missing from spec.versions; v0 was previously '
                    "a storage version, and must remain in spec.versions until a storage migration ensures no data "
                    "remains persisted in v0 and removes v0 from status.storedVersions"
                ),
            ],
        ),
        (put("status.acceptedNames", {"plural": "A"}), [f'status.acceptedNames.plural: Invalid value: "A": {DNS1035}']),
        (
            all_of(put("spec.group", "x.k8s.io"), put("metadata.name", "things.x.k8s.io")),
            [
                (
                    "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have "
                    'approval annotation "api-approved.kubernetes.io", see '
                    "https://github.com/kubernetes/enhancements/pull/1111"
                )
            ],
        ),
        (
            all_of(
                put("spec.group", "x.k8s.io"),
                put("metadata.name", "things.x.k8s.io"),
                put("metadata.annotations", {"api-approved.kubernetes.io": "yes"}),
            ),
            [
                (
                    'metadata.annotations[api-approved.kubernetes.io]: Invalid value: "yes": protected groups must '
                    'have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting '
                    'with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111'
                )
            ],
        ),
        (
            all_of(
                put("spec.group", "x.k8s.io"),
                put("metadata.name", "things.x.k8s.io"),
                put("metadata.annotations", {"api-approved.kubernetes.io": "unapproved, test"}),
            ),
            [],
        ),
        (
            put(
                "spec.versions.0.subresources.scale",
                {"specReplicasPath": "x", "statusReplicasPath": ".spec.x", "labelSelectorPath": ".x"},
            ),
            [
                (
                    'spec.subresources.scale.specReplicasPath: Invalid value: "x": must be a simple json path '
                    "starting with ."
                ),
                (
                    'spec.subresources.scale.statusReplicasPath: Invalid value: ".spec.x": should be a json path '
                    "under .status"
                ),
                (
                    'spec.subresources.scale.labelSelectorPath: Invalid value: ".x": should be a json path under '
                    "either .spec or .status"
                ),
            ],
        ),
        (
            put("spec.versions.0.subresources.scale", {}),
            [
                "spec.subresources.scale.specReplicasPath: Required value",
                "spec.subresources.scale.statusReplicasPath: Required value",
            ],
        ),
        (
            put(
                "spec.versions.0.additionalPrinterColumns.0", {"name": "", "type": "x", "format": "y", "jsonPath": "z"}
            ),
            [
                "spec.additionalPrinterColumns[0].name: Required value",
                (
                    'spec.additionalPrinterColumns[0].type: Invalid value: "x": must be one of '
                    "boolean,date,integer,number,string"
                ),
                (
                    'spec.additionalPrinterColumns[0].format: Invalid value: "y": must be one of '
                    "byte,date,date-time,double,float,int32,int64,password"
                ),
                (
                    'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "z": must be a simple json path '
                    "starting with ."
                ),
            ],
        ),
        (
            put("spec.versions.0.additionalPrinterColumns.0", {"name": "a"}),
            [
                (
                    "spec.additionalPrinterColumns[0].type: Required value: must be one of "
                    "boolean,date,integer,number,string"
                ),
                "spec.additionalPrinterColumns[0].JSONPath: Required value",
            ],
        ),
        (
            put(
                "spec.versions.0.selectableFields",
                [
                    {"jsonPath": ""},
                    {"jsonPath": ".spec.none"},
                    {"jsonPath": ".spec"},
                    {"jsonPath": ".spec.size"},
                    {"jsonPath": ".spec.size"},
                    {"jsonPath": "['spec']"},
                ],
            ),
            [
                "spec.selectableFields[0].jsonPath: Required value",
                (
                    'spec.selectableFields[1].jsonPath: Invalid value: ".spec.none": is an invalid path: does not '
                    "refer to a valid field"
                ),
                (
                    'spec.selectableFields[2].jsonPath: Invalid value: ".spec": must point to a field of type '
                    "string, boolean or integer. Enum string fields and strings with formats are allowed."
                ),
                'spec.selectableFields[4].jsonPath: Duplicate value: ".spec.size"',
                (
                    "spec.selectableFields[5].jsonPath: Invalid value: \"['spec']\": is an invalid path: array "
                    "notation is not allowed"
                ),
            ],
        ),
        (
            put("spec.conversion", {"strategy": "Some"}),
            ['spec.conversion.strategy: Unsupported value: "Some": supported values: "None", "Webhook"'],
        ),
        (
            put("spec.conversion", {"strategy": "Webhook"}),
            [
                "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
                "spec.conversion.conversionReviewVersions: Required value",
            ],
        ),
        (
            put(
                "spec.conversion",
                {
                    "strategy": "Webhook",
                    "webhook": {"conversionReviewVersions": ["v2"], "clientConfig": {"url": "http://x"}},
                },
            ),
            [
                (
                    "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed "
                    "URL scheme; desired format: https://host[/path]"
                ),
                (
                    'spec.conversion.conversionReviewVersions: Invalid value: ["v2"]: must include at least one of '
                    "v1, v1beta1"
                ),
            ],
        ),
        (
            put(
                "spec.conversion",
                {
                    "strategy": "None",
                    "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://x"}},
                },
            ),
            [
                (
                    "spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to "
                    "Webhook"
                ),
                (
                    "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not "
                    "set to Webhook"
                ),
            ],
        ),
    ),
    update=(
        (same, put("spec.group", "b.io"), ['spec.group: Invalid value: "b.io": field is immutable']),
        (same, put("spec.scope", "Cluster"), ['spec.scope: Invalid value: "Cluster": field is immutable']),
        (same, put("spec.names.kind", "Other"), ['spec.names.kind: Invalid value: "Other": field is immutable']),
        (same, put("spec.names.plural", "others"), ['spec.names.plural: Invalid value: "others": field is immutable']),
        (
            same,
            put("status.storedVersions", ["v1", "v0"]),
            [
                (
                    'status.storedVersions[1]: Invalid value: "v0": missing from spec.versions; v0 was previously '
                    "a storage version, and must remain in spec.versions until a storage migration ensures no data "
                    "remains persisted in v0 and removes v0 from status.storedVersions"
                )
            ],
        ),
        (
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.size.type", "strange"),
            put("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.size.type", "odd"),
            [
                (
                    'spec.selectableFields[0].jsonPath: Invalid value: ".spec.size": must point to a field of type '
                    "string, boolean or integer. Enum string fields and strings with formats are allowed."
                )
            ],
        ),
        (
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.names.items.properties.k.nullable",
                True,
            ),
            put(
                "spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.names.items.properties.k.nullable",
                True,
            ),
            [],
        ),
    ),
    status=(
        (
            same,
            put("status.acceptedNames", {"plural": "A"}),
            [f'status.acceptedNames.plural: Invalid value: "A": {DNS1035}'],
        ),
    ),
)

SCHEMA = Table(
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.a.io"},
        "spec": {
            "group": "a.io",
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "properties": {
                                        "size": {"type": "integer", "default": 1},
                                        "names": {
                                            "type": "array",
                                            "x-kubernetes-list-type": "map",
                                            "x-kubernetes-list-map-keys": ["k"],
                                            "items": {
                                                "type": "object",
                                                "required": ["k"],
                                                "properties": {"k": {"type": "string"}},
                                            },
                                        },
                                    },
                                },
                                "status": {"type": "object"},
                            },
                        }
                    },
                    "subresources": {
                        "status": {},
                        "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"},
                    },
                    "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
                    "selectableFields": [{"jsonPath": ".spec.size"}],
                }
            ],
        },
        "status": {
            "storedVersions": ["v1"],
            "acceptedNames": {"plural": "things", "kind": "Thing"},
            "conditions": [{"type": "Established", "status": "True"}],
        },
    },
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
                        {"rule": "a", "message": " "},
                        {"rule": "a", "message": "b\nc"},
                        {"rule": "a\nb"},
                        {"rule": "a", "messageExpression": " ", "reason": "Some", "fieldPath": ".x"},
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


@pytest.mark.parametrize("case", cases(DEFINITION, SCHEMA))
def test_rules(case: Case) -> None:
    case.check()
