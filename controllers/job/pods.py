"""The pod that a job makes."""

from __future__ import annotations

from typing import Any

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, name_of
from controllers.job.assessment import FINALIZER
from controllers.job.indexes import COMPLETION_INDEX, FAILURES, IGNORED_FAILURES, all_failures_of, failures_of
from controllers.job.policies import judge
from controllers.shared.ownership import controller_reference
from controllers.shared.pods import pod_from_template

JOB = GroupVersion("batch", "v1").kind("Job")
_ENVIRONMENT = "JOB_COMPLETION_INDEX"
_LONGEST_PREFIX = 58


def pod_for(job: Object, index: int | None, replaced: Object | None) -> Object:
    """``replaced``: the failed pod of that index, when the job counts failures per index."""
    pod = pod_from_template(job["spec"]["template"], name_of(job), controller_reference(job, JOB))
    metadata = pod["metadata"]
    finalizers = metadata.get("finalizers") or []
    metadata["finalizers"] = finalizers if FINALIZER in finalizers else [*finalizers, FINALIZER]
    if index is None:
        return pod
    text = str(index)
    metadata["labels"] = {**(metadata.get("labels") or {}), COMPLETION_INDEX: text}
    metadata["annotations"] = {**(metadata.get("annotations") or {}), COMPLETION_INDEX: text}
    if job["spec"].get("backoffLimitPerIndex") is not None:
        metadata["annotations"] |= _failure_counts(job, replaced)
    metadata["generateName"] = name_of(job)[: _LONGEST_PREFIX - len(text) - 2] + f"-{text}-"
    pod["spec"] = {**pod["spec"], "hostname": f"{name_of(job)}-{text}"}
    for containers in ("initContainers", "containers"):
        if pod["spec"].get(containers):
            pod["spec"][containers] = [_with_index(container) for container in pod["spec"][containers]]
    return pod


def _failure_counts(job: Object, replaced: Object | None) -> dict[str, str]:
    if replaced is None:
        return {FAILURES: "0"}
    counts = judge(job, replaced).counts
    failures, ignored = failures_of(replaced), all_failures_of(replaced) - failures_of(replaced)
    failures, ignored = failures + counts, ignored + (not counts)
    return {FAILURES: str(failures)} | ({IGNORED_FAILURES: str(ignored)} if ignored else {})


def _with_index(container: dict[str, Any]) -> dict[str, Any]:
    environment = container.get("env") or []
    if any(variable["name"] == _ENVIRONMENT for variable in environment):
        return container
    reference = {"fieldRef": {"fieldPath": f"metadata.labels['{COMPLETION_INDEX}']"}}
    return {**container, "env": [*environment, {"name": _ENVIRONMENT, "valueFrom": reference}]}
