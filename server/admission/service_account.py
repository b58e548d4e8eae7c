"""ServiceAccount: a pod that names no service account runs as its namespace's ``default``.

Source: k8s.io/kubernetes plugin/pkg/admission/serviceaccount. Mounting the account's token is no part of it yet.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from server.admission.chain import Attributes

_PODS = GroupResource("", "pods")
_DEFAULT = "default"
_MIRROR = "kubernetes.io/config.mirror"


class ServiceAccount:
    name = "ServiceAccount"

    async def mutate(self, attributes: Attributes) -> None:
        if attributes.group_resource != _PODS or attributes.subresource or attributes.operation != "CREATE":
            return
        pod = attributes.obj
        if pod is None or _MIRROR in (pod["metadata"].get("annotations") or ()):
            return
        spec = pod["spec"]
        if not spec.get("serviceAccountName"):
            spec["serviceAccountName"] = spec["serviceAccount"] = _DEFAULT

    async def validate(self, attributes: Attributes) -> None:
        return None
