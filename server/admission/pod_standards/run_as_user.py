"""Check of restricted: user 0 is not asked for."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, setters_of


def root_user(pod: Pod) -> Problem | None:
    names = [name for name, _, sc in pod.containers() if sc.get("runAsUser") == 0]
    setters = setters_of(pod.context().get("runAsUser") == 0, names)
    return (
        Problem("runAsUser=0", f"{setters} must not set runAsUser=0") if setters and not pod.has_own_users() else None
    )
