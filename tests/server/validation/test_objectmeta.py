from __future__ import annotations

from typing import Any

import pytest

from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain
from server.validation.validator import generic
from tests.server.validation.table import Change, all_of, changed, drop, put, texts

META: dict[str, Any] = {
    "name": "web",
    "namespace": "prod",
    "uid": "u1",
    "resourceVersion": "7",
    "generation": 2,
    "creationTimestamp": "2026-01-01T00:00:00Z",
    "labels": {"app": "web", "example.com/tier": ""},
    "annotations": {"Example.com/Note": "any text at all"},
    "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u2", "controller": True}],
    "finalizers": ["kubernetes", "example.com/x"],
    "managedFields": [{"manager": "kubectl apply", "operation": "Apply", "fieldsType": "FieldsV1"}],
}
KEY = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
    "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
SECOND_OWNER = {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u3", "controller": True}


def create(meta: dict[str, Any]) -> list[str]:
    return texts(validate_object_meta(meta, True, name_is_dns_subdomain))


def test_good_metadata_passes_create_and_update() -> None:
    assert create(META) == []
    assert texts(validate_object_meta_update(META, META)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (drop("name"), ["metadata.name: Required value: name or generateName is required"]),
        (put("name", "Web"), [f'metadata.name: Invalid value: "Web": {SUBDOMAIN}']),
        (put("name", "a" * 254), [f'metadata.name: Invalid value: "{"a" * 254}": must be no more than 253 characters']),
        (put("generateName", "web-"), []),
        (put("generateName", "Web-"), [f'metadata.generateName: Invalid value: "Web-": {SUBDOMAIN}']),
        (drop("namespace"), ["metadata.namespace: Required value"]),
        (put("generation", -1), ["metadata.generation: Invalid value: -1: must be greater than or equal to 0"]),
        (put("labels", {"a b": "v"}), [f'metadata.labels: Invalid value: "a b": {KEY}']),
        (
            put("labels", {"a": "-"}),
            [
                'metadata.labels: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric '
                "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue', "
                " or 'my_value',  or '12345', "
                "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            ],
        ),
        (put("annotations", {"a b": ""}), [f'metadata.annotations: Invalid value: "a b": {KEY}']),
        (
            put("annotations", {"a": "x" * 262144}),
            ["metadata.annotations: Too long: may not be more than 262144 bytes"],
        ),
        (
            put("ownerReferences.0", {}),
            [
                f"metadata.ownerReferences[0].{field}: Required value: must not be empty"
                for field in ("apiVersion", "kind", "name", "uid")
            ],
        ),
        (
            put("ownerReferences.0.apiVersion", "a/b/c"),
            ['metadata.ownerReferences[0].apiVersion: Invalid value: "a/b/c": must be <group>/<version> or <version>'],
        ),
        (
            put("ownerReferences.0", {"apiVersion": "v1", "kind": "Event", "name": "e", "uid": "u"}),
            [
                'metadata.ownerReferences[0]: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u"}: '
                "/v1, Kind=Event is disallowed from being an owner"
            ],
        ),
        (
            put("finalizers", ["nope"]),
            [
                'metadata.finalizers[0]: Invalid value: "nope": '
                "name is neither a standard finalizer name nor is it fully qualified"
            ],
        ),
        (
            put("finalizers", ["orphan", "foregroundDeletion"]),
            [
                'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: '
                "finalizer orphan and foregroundDeletion cannot be both set"
            ],
        ),
        (
            put("managedFields.0.operation", ""),
            ["metadata.managedFields[0].operation: Required value: must not be empty"],
        ),
        (
            put("managedFields.0.operation", "Frob"),
            ['metadata.managedFields[0].operation: Unsupported value: "Frob": supported values: "Apply", "Update"'],
        ),
        (
            put("managedFields.0.fieldsType", "FieldsV2"),
            ['metadata.managedFields[0].fieldsType: Invalid value: "FieldsV2": must be `FieldsV1`'],
        ),
        (
            put("managedFields.0.manager", "a\n"),
            ['metadata.managedFields[0].manager: Invalid value: "a\\n": invalid character U+000A (at position 1)'],
        ),
        (
            put("managedFields.0.manager", "a" * 129),
            ["metadata.managedFields[0].manager: Too long: may not be more than 128 bytes"],
        ),
    ],
)
def test_a_broken_rule_gives_exactly_its_error_on_create(change: Change, expected: list[str]) -> None:
    assert create(changed(META, change)) == expected


def test_two_controllers_are_refused_naming_both() -> None:
    errors = create(changed(META, put("ownerReferences.1", SECOND_OWNER)))
    assert len(errors) == 1
    assert errors[0].startswith('metadata.ownerReferences: Invalid value: [{"apiVersion":"apps/v1"')
    assert errors[0].endswith(
        'Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/r and Node/n'
    )


def test_a_cluster_scoped_object_has_no_namespace() -> None:
    errors = generic(namespaced=False).create({"metadata": META})
    assert texts(errors) == ["metadata.namespace: Forbidden: not allowed on this type"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (drop("resourceVersion"), ['metadata.resourceVersion: Invalid value: "": must be specified for an update']),
        (put("generation", 1), ["metadata.generation: Invalid value: 1: must not be decremented"]),
        (put("name", "other"), ['metadata.name: Invalid value: "other": field is immutable']),
        (put("namespace", "other"), ['metadata.namespace: Invalid value: "other": field is immutable']),
        (put("uid", "u9"), ['metadata.uid: Invalid value: "u9": field is immutable']),
        (drop("uid"), ['metadata.uid: Invalid value: "": field is immutable']),
        (
            put("creationTimestamp", "2026-01-02T00:00:00Z"),
            ['metadata.creationTimestamp: Invalid value: "2026-01-02T00:00:00Z": field is immutable'],
        ),
        (
            put("deletionTimestamp", "2026-01-02T00:00:00Z"),
            ['metadata.deletionTimestamp: Invalid value: "2026-01-02T00:00:00Z": field is immutable'],
        ),
        (
            put("deletionGracePeriodSeconds", 3),
            ["metadata.deletionGracePeriodSeconds: Invalid value: 3: field is immutable"],
        ),
        (put("labels", {"a b": "v"}), [f'metadata.labels: Invalid value: "a b": {KEY}']),
        (put("finalizers", ["example.com/y"]), []),
    ],
)
def test_a_broken_rule_gives_exactly_its_error_on_update(change: Change, expected: list[str]) -> None:
    assert texts(validate_object_meta_update(changed(META, change), META)) == expected


def test_no_finalizer_is_added_to_an_object_that_is_being_deleted() -> None:
    old = changed(META, put("deletionTimestamp", "2026-01-02T00:00:00Z"))
    new = changed(old, put("finalizers", ["example.com/y", "example.com/x"]))
    assert texts(validate_object_meta_update(new, old)) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"example.com/y"}'
    ]


def test_all_errors_are_reported_in_order() -> None:
    errors = create(changed(META, all_of(drop("name"), drop("namespace"), put("labels", {"a b": ""}))))
    assert [error.split(":")[0] for error in errors] == ["metadata.name", "metadata.namespace", "metadata.labels"]
