"""What a failed pod means to its job, and when enough indexes have succeeded.

Source: pkg/controller/job/pod_failure_policy.go and success_policy.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apimachinery.objects import is_terminating, name_of, namespace_of
from apimachinery.pods import pod_phase
from controllers.job.indexes import parse_indexes


class Verdict(NamedTuple):
    """``counts``: towards the back-off limit; ``failure``: the message with which the whole job fails."""

    counts: bool = True
    action: str = ""
    failure: str = ""


def only_replaces_failed(job: Mapping[str, Any]) -> bool:
    """Whether a pod is replaced when it has ended rather than when its deletion begins."""
    spec = job["spec"]
    return spec.get("podReplacementPolicy") == "Failed" or spec.get("podFailurePolicy") is not None


def is_pod_failed(job: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    """A pod that is being deleted counts as failed, unless the job waits until it has ended."""
    phase = pod_phase(pod)
    if phase == "Failed":
        return True
    return not only_replaces_failed(job) and is_terminating(pod) and phase != "Succeeded"


def judge(job: Mapping[str, Any], pod: Mapping[str, Any]) -> Verdict:
    """What the first rule of the pod failure policy that matches a failed pod says."""
    rules = (job["spec"].get("podFailurePolicy") or {}).get("rules") or ()
    for number, rule in enumerate(rules):
        action = rule["action"]
        if rule.get("onExitCodes") is not None:
            status = _failed_container(pod, rule["onExitCodes"])
            if status is None:
                continue
            code = status["state"]["terminated"]["exitCode"]
            what = f"Container {status['name']} for pod {_path(pod)} failed with exit code {code}"
        else:
            condition = _condition(pod, rule.get("onPodConditions") or ())
            if condition is None:
                continue
            what = f"Pod {_path(pod)} has condition {condition}"
        fails = action == "FailJob"
        return Verdict(action != "Ignore", action, f"{what} matching {action} rule at index {number}" if fails else "")
    return Verdict()


def met_success_policy(job: Mapping[str, Any], succeeded: set[int]) -> str:
    """The message of the first rule that is fulfilled, or ""."""
    rules = (job["spec"].get("successPolicy") or {}).get("rules") or ()
    completions = int(job["spec"].get("completions") or 0)
    for number, rule in enumerate(rules):
        count = rule.get("succeededCount")
        if rule.get("succeededIndexes") is None:
            met = count is not None and len(succeeded) >= count
        else:
            required = parse_indexes(rule["succeededIndexes"], completions)
            done = required & succeeded
            met = bool(required) and (done == required or (count is not None and len(done) >= count))
        if met and succeeded:
            return f"Matched rules at index {number}"
    return ""


def _path(pod: Mapping[str, Any]) -> str:
    return f"{namespace_of(pod)}/{name_of(pod)}"


def _failed_container(pod: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any] | None:
    status = pod.get("status") or {}
    for container in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())):
        terminated = (container.get("state") or {}).get("terminated")
        if not terminated or not terminated.get("exitCode"):
            continue
        named = wanted.get("containerName") in (None, container["name"])
        listed = terminated["exitCode"] in (wanted.get("values") or ())
        if named and listed == (wanted.get("operator") == "In"):
            found: Mapping[str, Any] = container
            return found
    return None


def _condition(pod: Mapping[str, Any], patterns: Iterable[Mapping[str, Any]]) -> str | None:
    wanted = {(pattern["type"], pattern.get("status") or "True") for pattern in patterns}
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if (condition["type"], condition.get("status")) in wanted:
            return str(condition["type"])
    return None
