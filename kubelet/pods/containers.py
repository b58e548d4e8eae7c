"""The containers of a pod spec by role, and whether one that ended is run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from apimachinery.objects import Object
from apimachinery.pods import is_sidecar


class Kind(Enum):
    INIT = "init"
    SIDECAR = "sidecar"
    MAIN = "main"
    EPHEMERAL = "ephemeral"


def containers_of(pod: Object) -> list[tuple[Kind, Object]]:
    """All containers in the order in which they start: init containers and sidecars as written, then the others."""
    spec = pod["spec"]
    found = [(Kind.SIDECAR if is_sidecar(c) else Kind.INIT, c) for c in spec.get("initContainers") or ()]
    found += [(Kind.MAIN, c) for c in spec.get("containers") or ()]
    found += [(Kind.EPHEMERAL, c) for c in spec.get("ephemeralContainers") or ()]
    return found


def running_containers(pod: Object) -> Iterator[Object]:
    """The statuses of the containers that run, as the API has them, of those that the spec has."""
    known = {container["name"] for _, container in containers_of(pod)}
    status = pod.get("status") or {}
    for group in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for each in status.get(group) or ():
            if each["name"] in known and "running" in (each.get("state") or {}):
                yield each


def should_restart(kind: Kind, container: Mapping[str, Any], pod_policy: str, exit_code: int) -> bool:
    """Whether a container that ended so is started again while the pod goes on.

    Source: pkg/api/v1/pod/util.go ContainerShouldRestart; KEP-753 (sidecars), KEP-5307 (container restart rules).
    """
    if kind is Kind.EPHEMERAL:
        return False
    if kind is Kind.SIDECAR:
        return True
    if kind is Kind.INIT and exit_code == 0:
        return False
    policy = container.get("restartPolicy")
    if policy and any(_rule_matches(rule, exit_code) for rule in container.get("restartPolicyRules") or ()):
        return True
    return _policy_restarts(policy or pod_policy, exit_code)


def _policy_restarts(policy: str, exit_code: int) -> bool:
    if policy == "OnFailure":
        return exit_code != 0
    return policy != "Never"


def _rule_matches(rule: Mapping[str, Any], exit_code: int) -> bool:
    codes = rule.get("exitCodes") or {}
    listed = exit_code in (codes.get("values") or ())
    return listed if codes.get("operator") == "In" else codes.get("operator") == "NotIn" and not listed


def default_pull_policy(image: str) -> str:
    """What an absent ``imagePullPolicy`` means: Always for ``latest`` or no tag, else IfNotPresent."""
    if "@" in image:
        return "IfNotPresent"
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return "Always" if not colon or tag == "latest" else "IfNotPresent"
