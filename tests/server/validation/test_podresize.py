"""Resources of whole pods, resized."""

from __future__ import annotations

import pytest

from server.validation.pod import POD
from server.validation.podresize import validate_resize
from server.validation.validator import Validator
from tests.server.validation.table import Case, Table, cases, drop, put, same

WHOLE_POD = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "500m"}}}],
            "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}},
        },
    },
    update=(
        (same, put("spec.resources.limits.cpu", "3"), []),
        (same, drop("spec.resources"), ["spec.resources: Forbidden: pod-level resources cannot be removed"]),
        (
            same,
            drop("spec.resources.limits"),
            ["spec.resources.limits: Forbidden: pod-level resource limits cannot be removed"],
        ),
        (
            same,
            put("spec.resources.limits.hugepages-2Mi", "2Mi"),
            ["spec: Forbidden: only cpu and memory resources are mutable at pod-level"],
        ),
        (same, put("spec.resources.requests.memory", "1Gi"), []),
        (
            put("status", {"nodeAllocatableResourceClaimStatuses": [{"resourceClaimName": "a"}]}),
            put("spec.resources.limits.cpu", "3"),
            ["spec: Forbidden: pods with node allocatable resource claims cannot be resized"],
        ),
    ),
    validator=Validator(POD.create, validate_resize),
)


@pytest.mark.parametrize("case", cases(WHOLE_POD))
def test_rules(case: Case) -> None:
    case.check()
