"""AdmissionConfiguration files: what plugins are told besides being on.

Source: https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-k8s-io-v1-AdmissionConfiguration,
https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/;
k8s.io/pod-security-admission/admission/api/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apimachinery.fielderrors import FieldError, duplicate, invalid
from apimachinery.names import is_dns1123_label, is_dns1123_subdomain
from apimachinery.objects import Object
from server.admission.pod_security_levels import LEVELS, PRIVILEGED, Standard, Standards, is_version
from server.configfile import ConfigFileError, checked_config, read_config, refuse

_VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1")
_SCHEMA = {"plugins": [{"name": str, "path": str, "configuration": dict}]}
_SECURITY = "PodSecurityConfiguration"
_SECURITY_VERSIONS = tuple(
    f"pod-security.admission.config.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1")
)
_MODES = ("enforce", "audit", "warn")
_SECURITY_SCHEMA = {
    "defaults": {f"{mode}{suffix}": str for mode in _MODES for suffix in ("", "-version")},
    "exemptions": {"usernames": [str], "namespaces": [str], "runtimeClasses": [str]},
}
_SELECTORS = "podNodeSelectorPluginConfig"


@dataclass(frozen=True, slots=True)
class PodSecuritySettings:
    """``defaults`` hold where a namespace's labels say nothing; who and what is exempt is never judged."""

    defaults: Standards = PRIVILEGED
    usernames: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    runtime_classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PluginSettings:
    pod_security: PodSecuritySettings = PodSecuritySettings()
    node_selectors: Mapping[str, str] = field(default_factory=dict)


def read_plugin_settings(path: Path) -> PluginSettings:
    """Raises ConfigFileError. Plugins that take no configuration here may not be given any."""
    config = read_config(path, "AdmissionConfiguration", _VERSIONS, _SCHEMA)
    told: dict[str, object] = {}
    for plugin in config.get("plugins") or ():
        name = plugin.get("name", "")
        read = _READERS.get(name)
        if read is None:
            raise ConfigFileError(f'cannot use {path}: there is nothing to configure in the plugin "{name}"')
        field_name, value = read(plugin, path)
        told[field_name] = value
    return PluginSettings(**told)  # type: ignore[arg-type] # the readers name the fields they are for


def _pod_security(plugin: Object, path: Path) -> tuple[str, PodSecuritySettings]:
    if "configuration" in plugin:
        config = checked_config(plugin["configuration"], _SECURITY, _SECURITY_VERSIONS, _SECURITY_SCHEMA, path)
    elif plugin.get("path"):
        path = path.parent / plugin["path"]
        config = read_config(path, _SECURITY, _SECURITY_VERSIONS, _SECURITY_SCHEMA)
    else:
        return "pod_security", PodSecuritySettings()
    refuse(list(_security_errors(config)), path)
    defaults, exemptions = config.get("defaults") or {}, config.get("exemptions") or {}
    standards = Standards(*(_standard(defaults, mode) for mode in _MODES))
    exempt = (frozenset(exemptions.get(name) or ()) for name in ("usernames", "namespaces", "runtimeClasses"))
    return "pod_security", PodSecuritySettings(standards, *exempt)


def _standard(defaults: Object, mode: str) -> Standard:
    return Standard(defaults.get(mode) or "privileged", defaults.get(f"{mode}-version") or "latest")


def _security_errors(config: Object) -> Iterator[FieldError]:
    defaults, exemptions = config.get("defaults") or {}, config.get("exemptions") or {}
    for mode in ("enforce", "warn", "audit"):
        level, version = defaults.get(mode) or "privileged", defaults.get(f"{mode}-version") or "latest"
        if level not in LEVELS:
            yield invalid(f"defaults.{mode}", level, f"must be one of {', '.join(LEVELS)}")
        if not is_version(version):
            yield invalid(f"defaults.{mode}-version", version, 'must be "latest" or "v1.x"')
    for name, messages_of in _EXEMPT.items():
        yield from _listed_errors(exemptions.get(name) or (), f"exemptions.{name}", messages_of)


def _listed_errors(
    values: Sequence[str], path: str, messages_of: Callable[[str], Sequence[str]]
) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if messages := messages_of(value):
            yield invalid(f"{path}[{index}]", value, ", ".join(messages))
        elif value in seen:
            yield duplicate(f"{path}[{index}]", value)
        seen.add(value)


_EXEMPT: Mapping[str, Callable[[str], Sequence[str]]] = {
    "namespaces": is_dns1123_label,
    "runtimeClasses": is_dns1123_subdomain,
    "usernames": lambda name: [] if name else ["username must not be empty"],
}


def _node_selectors(plugin: Object, path: Path) -> tuple[str, Mapping[str, str]]:
    """Has neither kind nor version, in upstream either."""
    schema = {_SELECTORS: dict}
    if "configuration" in plugin:
        config = checked_config(plugin["configuration"], "", (), schema, path)
    elif plugin.get("path"):
        config = read_config(path.parent / plugin["path"], "", (), schema)
    else:
        config = {}
    return "node_selectors", {str(key): str(value) for key, value in (config.get(_SELECTORS) or {}).items()}


_READERS: Mapping[str, Callable[[Object, Path], tuple[str, object]]] = {
    "PodSecurity": _pod_security,
    "PodNodeSelector": _node_selectors,
}
