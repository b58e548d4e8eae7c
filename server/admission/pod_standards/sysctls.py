"""Check of kernel parameters."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem

_SYSCTLS = (
    (0, "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem net.ipv4.tcp_wmem"),
)


def sysctls(pod: Pod) -> Problem | None:
    allowed = {name for since, names in _SYSCTLS if pod.minor >= since for name in names.split()}
    used = [sysctl.get("name", "") for sysctl in pod.context().get("sysctls") or ()]
    bad = [name for name in used if name not in allowed]
    return Problem("forbidden sysctls", ", ".join(bad)) if bad else None
