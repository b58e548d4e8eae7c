"""DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or reachable, unless it says else.

Source: k8s.io/kubernetes plugin/pkg/admission/defaulttolerationseconds.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from server.admission.chain import Attributes

_PODS = GroupResource("", "pods")
_SECONDS = 300
_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


class DefaultTolerationSeconds:
    name = "DefaultTolerationSeconds"

    async def mutate(self, attributes: Attributes) -> None:
        if attributes.group_resource != _PODS or attributes.subresource or attributes.operation == "DELETE":
            return
        if attributes.obj is not None:
            add_tolerations(attributes.obj["spec"])

    async def validate(self, attributes: Attributes) -> None:
        return None


def add_tolerations(spec: Object) -> None:
    """Add a toleration for each of the two taints that none of the pod's own tolerations cover."""
    own = spec.get("tolerations") or []
    missing = [taint for taint in _TAINTS if not any(_covers(toleration, taint) for toleration in own)]
    if missing:
        spec["tolerations"] = [
            *own,
            *(
                {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _SECONDS}
                for taint in missing
            ),
        ]


def _covers(toleration: Object, taint: str) -> bool:
    return toleration.get("key") in (None, "", taint) and toleration.get("effect") in (None, "", "NoExecute")
