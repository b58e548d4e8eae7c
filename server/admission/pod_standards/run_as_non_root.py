"""Check of restricted: nobody runs as root."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, setters_of, some


def non_root(pod: Pod) -> Problem | None:
    own = pod.context().get("runAsNonRoot")
    said = {name: sc.get("runAsNonRoot") for name, _, sc in pod.containers()}
    setters = setters_of(own is False, [name for name, value in said.items() if value is False])
    silent = [name for name, value in said.items() if value is None and not own]
    if pod.has_own_users() or not (setters or silent):
        return None
    detail = f"{setters} must not set securityContext.runAsNonRoot=false"
    if not setters:
        detail = f"pod or {some('container', silent)} must set securityContext.runAsNonRoot=true"
    return Problem("runAsNonRoot != true", detail)
