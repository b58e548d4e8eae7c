"""Which plugins take part: upstream's names, its order, and those that are off unless asked for.

Source: k8s.io/kubernetes pkg/kubeapiserver/options/plugins.go.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from server.admission.chain import Plugin

OFF: frozenset[str] = frozenset(
    {
        "AlwaysAdmit",
        "NamespaceAutoProvision",
        "NamespaceExists",
        "LimitPodHardAntiAffinityTopology",
        "AlwaysPullImages",
        "PodNodeSelector",
        "ExtendedResourceToleration",
        "OwnerReferencesPermissionEnforcement",
        "DenyServiceExternalIPs",
        "AlwaysDeny",
    }
)
"""NodeRestriction is off in upstream too; here, where nodes come with the server, it is on."""


class SelectionError(ValueError):
    """A plugin there is not, or one that is both wanted and unwanted; the message is one line."""


def selected(plugins: Sequence[Plugin], enabled: Collection[str], disabled: Collection[str]) -> tuple[Plugin, ...]:
    """Those of ``plugins`` that take part, in their order. Raises SelectionError."""
    known = {plugin.name for plugin in plugins}
    for option, names in (("enable", enabled), ("disable", disabled)):
        for name in names:
            if name not in known:
                raise SelectionError(f'{option}-admission-plugins plugin "{name}" is unknown')
    both = sorted(set(enabled) & set(disabled))
    if both:
        raise SelectionError(f"[{' '.join(both)}] in enable-admission-plugins and disable-admission-plugins overlap")
    unwanted = (OFF - set(enabled)) | set(disabled)
    return tuple(plugin for plugin in plugins if plugin.name not in unwanted)
