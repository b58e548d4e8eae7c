"""Check of host processes on Windows."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, setters_of


def host_process(pod: Pod) -> Problem | None:
    names = [name for name, _, sc in pod.containers() if (sc.get("windowsOptions") or {}).get("hostProcess")]
    setters = setters_of(bool((pod.context().get("windowsOptions") or {}).get("hostProcess")), names)
    return (
        Problem("hostProcess", f"{setters} must not set securityContext.windowsOptions.hostProcess=true")
        if setters
        else None
    )
