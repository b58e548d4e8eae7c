"""Definitions of custom resources: names, versions, schemas, conversion."""

from __future__ import annotations

import pytest

from tests.server.validation.definition import THINGS
from tests.server.validation.table import DNS1035, Case, Table, all_of, cases, put, same

DEFINITION = Table(
    THINGS,
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


@pytest.mark.parametrize("case", cases(DEFINITION))
def test_rules(case: Case) -> None:
    case.check()
