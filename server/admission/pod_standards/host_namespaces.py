"""Check of the node's namespaces."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem


def host_namespaces(pod: Pod) -> Problem | None:
    used = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(field)]
    return Problem("host namespaces", ", ".join(used)) if used else None
