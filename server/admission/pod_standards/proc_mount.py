"""Check of an unmasked /proc."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, quoted, some


def proc_mount(pod: Pod) -> Problem | None:
    return None if pod.has_own_users() else proc_mount_of_all(pod)


def proc_mount_of_all(pod: Pod) -> Problem | None:
    bad = {name: sc["procMount"] for name, _, sc in pod.containers() if sc.get("procMount", "Default") != "Default"}
    types = quoted(sorted(set(bad.values())))
    detail = f"{some('container', list(bad))} must not set securityContext.procMount to {types}"
    return Problem("procMount", detail) if bad else None
