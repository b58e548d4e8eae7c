"""Check of restricted: no process gains privileges."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, some


def privilege_escalation(pod: Pod) -> Problem | None:
    names = [name for name, _, sc in pod.containers() if sc.get("allowPrivilegeEscalation") is not False]
    if pod.is_windows() or not names:
        return None
    detail = f"{some('container', names)} must set securityContext.allowPrivilegeEscalation=false"
    return Problem("allowPrivilegeEscalation != false", detail)
