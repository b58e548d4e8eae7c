"""Check of the node's ports."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, some


def host_ports(pod: Pod) -> Problem | None:
    ports = {
        name: {str(port["hostPort"]) for port in container.get("ports") or () if port.get("hostPort")}
        for name, container, _ in pod.containers()
    }
    names = [name for name, used in ports.items() if used]
    every = sorted(set().union(*ports.values()))
    uses, plural = "uses" if len(names) == 1 else "use", "" if len(every) == 1 else "s"
    return (
        Problem("hostPort", f"{some('container', names)} {uses} hostPort{plural} {', '.join(every)}") if names else None
    )
