"""What pods and the templates of all workloads have in common."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.container import container
from server.defaulting.fields import child
from server.defaulting.resources import requirements, round_up
from server.defaulting.volume import volume


def pod_spec(spec: Object) -> None:
    if not spec.get("dnsPolicy"):
        spec["dnsPolicy"] = "ClusterFirst"
    if not spec.get("restartPolicy"):
        spec["restartPolicy"] = "Always"
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = 30
    if not spec.get("schedulerName"):
        spec["schedulerName"] = "default-scheduler"
    _service_account(spec)
    for item in spec.get("volumes") or ():
        volume(item)
    for item in spec.get("initContainers") or ():
        container(item)
    for item in spec.get("containers") or ():
        container(item)
    for item in spec.get("ephemeralContainers") or ():
        container(item)
    round_up(spec.get("overhead"))
    requirements(spec)


def _service_account(spec: Object) -> None:
    """Two names for one field; the newer one wins and both are shown, as upstream's conversion does."""
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account


def template(owner: Object) -> None:
    """The ``template`` of a workload's spec. What only pods default is left out of templates, so that a new default
    does not change templates that are already stored."""
    pod_spec(child(child(owner, "template"), "spec"))
