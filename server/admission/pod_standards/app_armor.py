"""Check of AppArmor profiles."""

from __future__ import annotations

from apimachinery.fielderrors import quote
from server.admission.pod_standards.pod import PROFILES, Pod, Problem, quoted, setters_of

_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


def app_armor(pod: Pod) -> Problem | None:
    own = (pod.context().get("appArmorProfile") or {}).get("type")
    every = {name: (sc.get("appArmorProfile") or {}).get("type") for name, _, sc in pod.containers()}
    bad: dict[str, str] = {name: type for name, type in every.items() if type is not None and type not in PROFILES}
    own_bad = own is not None and own not in PROFILES
    annotations = sorted(
        f"{key}={quote(value)}"
        for key, value in pod.annotations.items()
        if key.startswith(_APPARMOR) and value not in ("", "runtime/default") and not value.startswith("localhost/")
    )
    values = [*sorted({*bad.values(), *([str(own)] if own_bad else [])}), *annotations]
    setters = setters_of(own_bad, list(bad))
    if annotations:
        setters = " and ".join(filter(None, (setters, "annotation" if len(annotations) == 1 else "annotations")))
    if not setters:
        return None
    reason = "forbidden AppArmor profile" if len(values) == 1 else "forbidden AppArmor profiles"
    return Problem(reason, f"{setters} must not set AppArmor profile type to {quoted(values)}")
