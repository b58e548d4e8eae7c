"""Check of privileged containers."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, some


def privileged(pod: Pod) -> Problem | None:
    names = [name for name, _, context in pod.containers() if context.get("privileged")]
    return (
        Problem("privileged", f"{some('container', names)} must not set securityContext.privileged=true")
        if names
        else None
    )
