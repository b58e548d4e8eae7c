"""Which Go package holds the types of which API group: the one place where the two namings meet.

A package is written ``core/v1``, as in the import path ``k8s.io/api/core/v1``; a group-version is ``GroupVersion("",
"v1")``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from apimachinery.gvk import GroupVersion

SERVED_PACKAGES: Final = MappingProxyType(
    {
        GroupVersion("", "v1"): "core/v1",
        GroupVersion("admissionregistration.k8s.io", "v1"): "admissionregistration/v1",
        GroupVersion("apiextensions.k8s.io", "v1"): "apiextensions/v1",
        GroupVersion("apiregistration.k8s.io", "v1"): "apiregistration/v1",
        GroupVersion("apps", "v1"): "apps/v1",
        GroupVersion("authentication.k8s.io", "v1"): "authentication/v1",
        GroupVersion("authorization.k8s.io", "v1"): "authorization/v1",
        GroupVersion("autoscaling", "v1"): "autoscaling/v1",
        GroupVersion("autoscaling", "v2"): "autoscaling/v2",
        GroupVersion("batch", "v1"): "batch/v1",
        GroupVersion("certificates.k8s.io", "v1"): "certificates/v1",
        GroupVersion("coordination.k8s.io", "v1"): "coordination/v1",
        GroupVersion("discovery.k8s.io", "v1"): "discovery/v1",
        GroupVersion("events.k8s.io", "v1"): "events/v1",
        GroupVersion("flowcontrol.apiserver.k8s.io", "v1"): "flowcontrol/v1",
        GroupVersion("networking.k8s.io", "v1"): "networking/v1",
        GroupVersion("node.k8s.io", "v1"): "node/v1",
        GroupVersion("policy", "v1"): "policy/v1",
        GroupVersion("rbac.authorization.k8s.io", "v1"): "rbac/v1",
        GroupVersion("resource.k8s.io", "v1"): "resource/v1",
        GroupVersion("scheduling.k8s.io", "v1"): "scheduling/v1",
        GroupVersion("storage.k8s.io", "v1"): "storage/v1",
        GroupVersion("storagemigration.k8s.io", "v1"): "storagemigration/v1",
    }
)
"""Group-versions with resources of their own."""

PACKAGE_OF: Final = MappingProxyType(
    {
        **SERVED_PACKAGES,
        GroupVersion("meta.k8s.io", "v1"): "meta/v1",
        GroupVersion("admission.k8s.io", "v1"): "admission/v1",
        GroupVersion("apidiscovery.k8s.io", "v2"): "apidiscovery/v2",
        GroupVersion("apidiscovery.k8s.io", "v2beta1"): "apidiscovery/v2beta1",
    }
)
"""Every group-version some kind of which is read or written, with or without resources."""

DATA_PACKAGES: Final = (*PACKAGE_OF.values(), "version")

# Where the published OpenAPI definitions of a package live, if not under io.k8s.api.
_ELSEWHERE = MappingProxyType(
    {
        "meta/v1": "io.k8s.apimachinery.pkg.apis.meta.v1",
        "apiextensions/v1": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
        "apiregistration/v1": "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1",
        "version": "io.k8s.apimachinery.pkg.version",
    }
)

PACKAGES: Final = MappingProxyType(
    {
        package: _ELSEWHERE.get(package, "io.k8s.api." + package.replace("/", "."))
        for package in (*DATA_PACKAGES, "scheduling/v1alpha3")
    }
)
"""Package to the prefix of its definitions' names: ``core/v1`` → ``io.k8s.api.core.v1``."""
