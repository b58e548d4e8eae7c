"""Which checks a level makes, in which version, in upstream's order.

Source: k8s.io/pod-security-admission/policy (registry.go, checks.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apimachinery.objects import Object
from server.admission.pod_standards.allow_privilege_escalation import privilege_escalation
from server.admission.pod_standards.app_armor import app_armor
from server.admission.pod_standards.capabilities import all_capabilities, capabilities
from server.admission.pod_standards.host_namespaces import host_namespaces
from server.admission.pod_standards.host_path_volumes import host_path_volumes
from server.admission.pod_standards.host_ports import host_ports
from server.admission.pod_standards.host_probes_and_lifecycle import probe_hosts
from server.admission.pod_standards.pod import USER_NAMESPACES, Check, Pod, Problem
from server.admission.pod_standards.privileged import privileged
from server.admission.pod_standards.proc_mount import proc_mount, proc_mount_of_all
from server.admission.pod_standards.restricted_volumes import volume_types
from server.admission.pod_standards.run_as_non_root import non_root
from server.admission.pod_standards.run_as_user import root_user
from server.admission.pod_standards.se_linux_options import se_linux
from server.admission.pod_standards.seccomp_profile import seccomp, seccomp_said
from server.admission.pod_standards.sysctls import sysctls
from server.admission.pod_standards.windows_host_process import host_process

_BASELINE: tuple[Check, ...] = (
    app_armor,
    capabilities,
    host_namespaces,
    host_path_volumes,
    host_ports,
    probe_hosts,
    privileged,
    proc_mount,
    se_linux,
    seccomp,
    sysctls,
    host_process,
)
_RESTRICTED: tuple[tuple[int, Check, Check | None], ...] = (
    (8, privilege_escalation, None),
    (22, all_capabilities, capabilities),
    (USER_NAMESPACES, proc_mount_of_all, proc_mount),
    (0, volume_types, host_path_volumes),
    (0, non_root, None),
    (23, root_user, None),
    (19, seccomp_said, seccomp),
)
"""(since which minor version, the check, the one of the baseline whose place it takes)."""


def problems(level: str, minor: int, metadata: Object, spec: Object) -> list[Problem]:
    """What the standard forbids of the pod. ``minor`` is the version's."""
    if level == "privileged":
        return []
    pod = Pod(metadata.get("annotations") or {}, spec, minor)
    checks = _BASELINE if level == "baseline" else _restricted(minor)
    return [problem for problem in (check(pod) for check in checks) if problem]


def detailed(found: Iterable[Problem]) -> str:
    """All of them as one text, as a refusal says it."""
    return ", ".join(f"{reason} ({detail})" if detail else reason for reason, detail in found)


def reasons(found: Iterable[Problem]) -> str:
    """Without the details, as the warning about pods that exist says it."""
    return ", ".join(problem.reason for problem in found)


def _restricted(minor: int) -> Sequence[Check]:
    """All of the baseline, except for what a stricter check takes the place of."""
    replaced: set[Check] = {host_path_volumes}
    stricter: list[Check] = []
    for since, check, instead in _RESTRICTED:
        if minor >= since:
            stricter.append(check)
            replaced |= {instead} if instead else set()
    return [*(check for check in _BASELINE if check not in replaced), *stricter]
