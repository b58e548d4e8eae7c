"""Check of probes and hooks that ask other hosts."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, some


def probe_hosts(pod: Pod) -> Problem | None:
    if pod.minor < 34:
        return None
    hosts: dict[str, set[str]] = {}
    for name, container, _ in pod.containers():
        lifecycle = container.get("lifecycle") or {}
        probes = [container.get(f"{kind}Probe") for kind in ("liveness", "readiness", "startup")]
        for handler in (*probes, lifecycle.get("postStart"), lifecycle.get("preStop")):
            for how in ("httpGet", "tcpSocket"):
                host = ((handler or {}).get(how) or {}).get("host")
                if host:
                    hosts.setdefault(name, set()).add(host)
    if not hosts:
        return None
    names, every = sorted(hosts), sorted(set().union(*hosts.values()))
    uses = "uses" if len(names) == 1 else "use"
    return Problem(
        "probe or lifecycle host", f"{some('container', names)} {uses} {some('probe or lifecycle host', every)}"
    )
