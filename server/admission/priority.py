"""Priority: resolves a pod's priority class into its number and preemption policy, and guards the default class.

Source: k8s.io/kubernetes plugin/pkg/admission/priority.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import Forbidden
from server.admission.cached import object_of
from server.admission.chain import Attributes
from storage.cache import ResourceCache

PRIORITY_CLASSES = GroupResource("scheduling.k8s.io", "priorityclasses")
_PODS = GroupResource("", "pods")
_PREEMPT = "PreemptLowerPriority"


class Priority:
    name = "Priority"

    def __init__(self, classes: ResourceCache) -> None:
        self._classes = classes

    async def mutate(self, attributes: Attributes) -> None:
        if attributes.group_resource != _PODS or attributes.subresource or attributes.obj is None:
            return
        if attributes.operation == "CREATE":
            self._resolve(attributes, attributes.obj["spec"])
        elif attributes.operation == "UPDATE" and attributes.old is not None:
            _keep(attributes.obj["spec"], attributes.old["spec"])

    async def validate(self, attributes: Attributes) -> None:
        """Only one class may be the default."""
        if attributes.group_resource != PRIORITY_CLASSES or attributes.obj is None:
            return
        if not attributes.obj.get("globalDefault"):
            return
        default = self._default()
        if default is not None and default["metadata"]["name"] != attributes.name:
            name = default["metadata"]["name"]
            why = f"PriorityClass {name} is already marked as default. Only one default can exist"
            raise Forbidden.of(PRIORITY_CLASSES, attributes.name, why)

    def _resolve(self, attributes: Attributes, spec: Object) -> None:
        name = spec.get("priorityClassName", "")
        if name:
            entry = self._classes.get("", name)
            if entry is None:
                raise Forbidden.of(_PODS, attributes.name, f"no PriorityClass with name {name} was found")
            chosen = object_of(entry)
        else:
            chosen = self._default() or {"value": 0, "metadata": {"name": ""}}
            if chosen["metadata"]["name"]:
                spec["priorityClassName"] = chosen["metadata"]["name"]
        value = chosen.get("value", 0)
        if spec.get("priority", value) != value:
            why = "the integer value of priority (%d) must not be provided in pod spec; priority admission controller "
            why += "computed %d from the given PriorityClass name"
            raise Forbidden.of(_PODS, attributes.name, why % (spec["priority"], value))
        spec["priority"] = value
        self._resolve_preemption(attributes, spec, chosen)

    def _resolve_preemption(self, attributes: Attributes, spec: Object, chosen: Object) -> None:
        policy = chosen.get("preemptionPolicy", _PREEMPT)
        if spec.get("preemptionPolicy", policy) != policy:
            why = "the string value of PreemptionPolicy (%s) must not be provided in pod spec; priority admission "
            why += "controller computed %s from the given PriorityClass name"
            raise Forbidden.of(_PODS, attributes.name, why % (spec["preemptionPolicy"], policy))
        spec["preemptionPolicy"] = policy

    def _default(self) -> Object | None:
        """The default class; of several, the one with the lowest value."""
        entries = self._classes.list("").entries
        defaults = [chosen for chosen in map(object_of, entries) if chosen.get("globalDefault")]
        return min(defaults, key=lambda chosen: int(chosen.get("value", 0)), default=None)


def _keep(new: Object, old: Object) -> None:
    for name in ("priority", "preemptionPolicy"):
        if name in old and name not in new:
            new[name] = old[name]
