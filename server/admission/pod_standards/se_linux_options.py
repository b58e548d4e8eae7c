"""Check of SELinux options."""

from __future__ import annotations

from typing import Any

from server.admission.pod_standards.pod import Pod, Problem, setters_of, some


def se_linux(pod: Pod) -> Problem | None:
    allowed = ["", "container_t", "container_init_t", "container_kvm_t"]
    allowed += ["container_engine_t"] if pod.minor >= 31 else []

    def is_bad(options: Any) -> bool:
        return options.get("type", "") not in allowed or bool(options.get("user")) or bool(options.get("role"))

    own = pod.context().get("seLinuxOptions") or {}
    every = {name: sc.get("seLinuxOptions") or {} for name, _, sc in pod.containers()}
    bad = {name: options for name, options in every.items() if is_bad(options)}
    setters = setters_of(is_bad(own), list(bad))
    if not setters:
        return None
    options = [own, *bad.values()]
    types = sorted({each.get("type", "") for each in options} - set(allowed))
    data = [some("type", types)] if types else []
    data += [f"{field} may not be set" for field in ("user", "role") if any(each.get(field) for each in options)]
    return Problem("seLinuxOptions", f"{setters} set forbidden securityContext.seLinuxOptions: {'; '.join(data)}")
