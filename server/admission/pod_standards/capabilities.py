"""Check of capabilities: those of the container runtimes' defaults; restricted: nearly none."""

from __future__ import annotations

from server.admission.pod_standards.pod import Pod, Problem, quoted, some

_BUILTIN_CAPABILITIES = frozenset(
    (
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    )
)


def _capabilities_beyond(pod: Pod, allowed: frozenset[str]) -> str:
    bad: list[str] = []
    added: set[str] = set()
    for name, _, context in pod.containers():
        beyond = set((context.get("capabilities") or {}).get("add") or ()) - allowed
        if beyond:
            bad.append(name)
            added |= beyond
    if not bad:
        return ""
    return f"{some('container', bad)} must not include {quoted(sorted(added))} in securityContext.capabilities.add"


def capabilities(pod: Pod) -> Problem | None:
    detail = _capabilities_beyond(pod, _BUILTIN_CAPABILITIES)
    return Problem("non-default capabilities", detail) if detail else None


def all_capabilities(pod: Pod) -> Problem | None:
    if pod.is_windows():
        return None
    names = [n for n, _, sc in pod.containers() if "ALL" not in ((sc.get("capabilities") or {}).get("drop") or ())]
    details = [f'{some("container", names)} must set securityContext.capabilities.drop=["ALL"]'] if names else []
    details += filter(None, [_capabilities_beyond(pod, frozenset({"NET_BIND_SERVICE"}))])
    return Problem("unrestricted capabilities", "; ".join(details)) if details else None
