"""How containers mount volumes and use devices."""

from __future__ import annotations

import pytest

from tests.server.validation.table import Case, Table, cases, put

MOUNTS = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "containers": [{"name": "c", "image": "i", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}],
            "volumes": [{"name": "d", "emptyDir": {}}, {"name": "b", "persistentVolumeClaim": {"claimName": "b"}}],
        },
    },
    create=(
        (
            put("spec.containers.0.volumeMounts.0", {"name": "", "mountPath": ""}),
            [
                "spec.containers[0].volumeMounts[0].name: Required value",
                'spec.containers[0].volumeMounts[0].name: Not found: ""',
                "spec.containers[0].volumeMounts[0].mountPath: Required value",
            ],
        ),
        (
            put("spec.containers.0.volumeMounts.0", {"name": "x", "mountPath": "/d"}),
            ['spec.containers[0].volumeMounts[0].name: Not found: "x"'],
        ),
        (
            put("spec.containers.0.volumeMounts.1", {"name": "d", "mountPath": "/d"}),
            ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/d": must be unique'],
        ),
        (
            put(
                "spec.containers.0.volumeMounts.0", {"name": "d", "mountPath": "/d", "subPath": "a", "subPathExpr": "b"}
            ),
            [
                (
                    'spec.containers[0].volumeMounts[0].subPathExpr: Invalid value: "b": subPathExpr and subPath '
                    "are mutually exclusive"
                )
            ],
        ),
        (
            put("spec.containers.0.volumeMounts.0", {"name": "d", "mountPath": "/d", "subPathExpr": "/a"}),
            ['spec.containers[0].volumeMounts.subPathExpr: Invalid value: "/a": must be a relative path'],
        ),
        (
            put("spec.containers.0.volumeMounts.0", {"name": "d", "mountPath": "/d", "subPath": "/a"}),
            ['spec.containers[0].volumeMounts.subPath: Invalid value: "/a": must be a relative path'],
        ),
        (
            put("spec.containers.0.volumeMounts.0", {"name": "d", "mountPath": "/d", "mountPropagation": "Some"}),
            [
                (
                    'spec.containers[0].volumeMounts.mountPropagation: Unsupported value: "Some": supported '
                    'values: "Bidirectional", "HostToContainer", "None"'
                )
            ],
        ),
        (
            put(
                "spec.containers.0.volumeMounts.0",
                {"name": "d", "mountPath": "/d", "mountPropagation": "Bidirectional"},
            ),
            [
                (
                    "spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation "
                    "is available only to privileged containers"
                )
            ],
        ),
        (
            put("spec.containers.0.volumeMounts.0", {"name": "d", "mountPath": "/d", "recursiveReadOnly": "Some"}),
            [
                (
                    'spec.containers[0].volumeMounts.recursiveReadOnly: Unsupported value: "Some": supported '
                    'values: "Disabled", "Enabled", "IfPossible"'
                )
            ],
        ),
        (
            put(
                "spec.containers.0.volumeMounts.0",
                {"name": "d", "mountPath": "/d", "recursiveReadOnly": "Enabled", "mountPropagation": "HostToContainer"},
            ),
            [
                (
                    "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when "
                    "readOnly is true"
                ),
                (
                    "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when "
                    "mountPropagation is None or not specified"
                ),
            ],
        ),
        (
            put(
                "spec.containers.0.volumeMounts.0",
                {"name": "d", "mountPath": "/d", "recursiveReadOnly": "Enabled", "readOnly": True},
            ),
            [],
        ),
        (
            put("spec.containers.0.volumeDevices", [{"name": "", "devicePath": ""}]),
            [
                "spec.containers[0].volumeDevices[0].name: Required value",
                'spec.containers[0].volumeDevices[0].name: Not found: ""',
                "spec.containers[0].volumeDevices[0].devicePath: Required value",
            ],
        ),
        (put("spec.containers.0.volumeDevices", [{"name": "b", "devicePath": "/dev/b"}]), []),
        (
            put(
                "spec.containers.0.volumeDevices",
                [{"name": "b", "devicePath": "/dev/b"}, {"name": "b", "devicePath": "/dev/b"}],
            ),
            [
                'spec.containers[0].volumeDevices[1].name: Invalid value: "b": must be unique',
                'spec.containers[0].volumeDevices[1].devicePath: Invalid value: "/dev/b": must be unique',
            ],
        ),
        (
            put("spec.containers.0.volumeDevices", [{"name": "d", "devicePath": "/d/.."}]),
            [
                (
                    'spec.containers[0].volumeMounts[0].name: Invalid value: "d": must not already exist in '
                    "volumeDevices"
                ),
                (
                    'spec.containers[0].volumeDevices[0].name: Invalid value: "d": can only use volume source type '
                    "of PersistentVolumeClaim or Ephemeral for block mode"
                ),
                (
                    'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/d/..": can not contain '
                    "backsteps ('..')"
                ),
                (
                    'spec.containers[0].volumeDevices[0].name: Invalid value: "d": must not already exist in '
                    "volumeMounts"
                ),
            ],
        ),
        (
            put("spec.containers.0.volumeDevices", [{"name": "x", "devicePath": "/d"}]),
            [
                (
                    'spec.containers[0].volumeMounts[0].mountPath: Invalid value: "/d": must not already exist as '
                    "a path in volumeDevices"
                ),
                'spec.containers[0].volumeDevices[0].name: Not found: "x"',
                (
                    'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/d": must not already exist '
                    "as a path in volumeMounts"
                ),
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(MOUNTS))
def test_rules(case: Case) -> None:
    case.check()
