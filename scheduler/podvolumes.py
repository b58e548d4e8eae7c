"""The volumes of one pod: which claims it has, and on which nodes they can be satisfied. Reads, and promises nothing.

Source: pkg/scheduler/framework/plugins/volumebinding/binder.go (GetPodVolumeClaims, FindPodVolumes), with its wording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apimachinery.labels import from_label_selector
from apimachinery.objects import Object, is_terminating, name_of
from apimachinery.quantity import Quantity, parse_quantity
from apimachinery.volumes import (
    NO_PROVISIONER,
    SELECTED_NODE,
    annotations_of,
    best_match,
    claim_name,
    class_of,
    is_fully_bound,
    not_for_pod,
    request_of,
    waits_for_consumer,
)
from scheduler.nodeinfo import NodeInfo
from scheduler.nodeselector import Term, compile_term
from scheduler.podinfo import PodInfo
from scheduler.status import Status, unresolvable
from scheduler.volumes import Volumes

NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind"
NOT_ENOUGH_SPACE = "node(s) did not have enough free storage"
VOLUME_GONE = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
_UNBOUND = "pod has unbound immediate PersistentVolumeClaims"

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Binding:
    volume: Object
    claim: Object


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be bound, and what to be made, if the pod goes to one node."""

    bindings: tuple[Binding, ...] = ()
    provisions: tuple[Object, ...] = ()


NO_PLAN = Plan()


def affinity_terms(volume: Object) -> tuple[Term, ...] | None:
    """From where the volume can be reached; None: from everywhere."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return None if required is None else tuple(compile_term(t) for t in required.get("nodeSelectorTerms") or ())


def is_reachable(volume: Object, labels: Labels) -> bool:
    return _match(affinity_terms(volume), labels)


def _match(terms: Sequence[Term] | None, labels: Labels) -> bool:
    return terms is None or any(term.matches(labels, "") for term in terms)


@dataclass(slots=True)
class PodClaims:
    """Of one pod in one cycle."""

    reach: list[tuple[Term, ...]] = field(default_factory=list)
    """From where each of the bound volumes can be reached, if not from everywhere."""
    gone: bool = False
    """A bound claim's volume does not exist."""
    delayed: list[Object] = field(default_factory=list)
    """Unbound claims that wait for this pod; the smallest first."""
    candidates: dict[str, list[tuple[Object, tuple[Term, ...] | None]]] = field(default_factory=dict)
    """Volumes by storage class."""


def claims_of(pod: PodInfo, volumes: Volumes) -> PodClaims | Status:
    """A Status: the pod fits nowhere as things are."""
    found = PodClaims()
    for volume in pod.spec.get("volumes") or ():
        name = claim_name(pod.pod, volume)
        if not name:
            continue
        claim = volumes.claims.get(f"{pod.namespace}/{name}")
        problem = _problem(pod, name, claim, ephemeral=bool(volume.get("ephemeral")))
        if claim is None or problem:
            return unresolvable(problem)
        if is_fully_bound(claim):
            _add_bound(found, volumes.volumes.get(claim["spec"]["volumeName"]))
        elif claim["spec"].get("volumeName") or not waits_for_consumer(volumes.storage_class(class_of(claim))):
            return unresolvable(_UNBOUND)
        else:
            found.delayed.append(claim)
    found.delayed.sort(key=request_of)
    for class_name in {class_of(claim) for claim in found.delayed}:
        known = (volumes.volumes.get(name) for name in volumes.of_class(class_name))
        found.candidates[class_name] = [(each, affinity_terms(each)) for each in known if each is not None]
    return found


def _problem(pod: PodInfo, name: str, claim: Object | None, *, ephemeral: bool) -> str:
    if claim is None:
        if ephemeral:
            return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
        return f'persistentvolumeclaim "{name}" not found'
    if (claim.get("status") or {}).get("phase") == "Lost":
        volume = claim["spec"].get("volumeName") or ""
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
    if is_terminating(claim):
        return f'persistentvolumeclaim "{name}" is being deleted'
    return not_for_pod(pod.pod, claim) if ephemeral else ""


def _add_bound(found: PodClaims, volume: Object | None) -> None:
    if volume is None:
        found.gone = True
    elif (terms := affinity_terms(volume)) is not None:
        found.reach.append(terms)


def plan_for(claims: PodClaims, node: NodeInfo, volumes: Volumes) -> Plan | Status:
    """A Status: the claims cannot be satisfied there."""
    reasons = [] if all(_match(terms, node.labels) for terms in claims.reach) else [NODE_CONFLICT]
    plan = NO_PLAN
    if claims.delayed:
        outcome = _find(claims, node, volumes)
        if isinstance(outcome, Plan):
            plan = outcome
        else:
            reasons.append(outcome)
    if claims.gone:
        reasons.append(VOLUME_GONE)
    return unresolvable(*reasons) if reasons else plan


def _find(claims: PodClaims, node: NodeInfo, volumes: Volumes) -> Plan | str:
    bindings: list[Binding] = []
    provisions: list[Object] = []
    taken: set[str] = set()
    for claim in claims.delayed:
        selected = annotations_of(claim).get(SELECTED_NODE)
        if selected is not None and selected != node.name:
            return BIND_CONFLICT
        volume = _match_volume(claim, claims, node, taken) if selected is None else None
        if volume is not None:
            taken.add(name_of(volume))
            bindings.append(Binding(volume, claim))
            continue
        problem = _cannot_provision(claim, node, volumes)
        if problem:
            return problem
        provisions.append(claim)
    return Plan(tuple(bindings), tuple(provisions))


def _match_volume(claim: Object, claims: PodClaims, node: NodeInfo, taken: set[str]) -> Object | None:
    near = [volume for volume, terms in claims.candidates[class_of(claim)] if _match(terms, node.labels)]
    return best_match(claim, near, without=taken)


def _cannot_provision(claim: Object, node: NodeInfo, volumes: Volumes) -> str:
    """Why the claim's class has no volume made for it there, "" if it has."""
    storage_class = volumes.storage_class(class_of(claim))
    if storage_class is None or storage_class.get("provisioner") in (None, "", NO_PROVISIONER):
        return BIND_CONFLICT
    topologies = storage_class.get("allowedTopologies") or ()
    if topologies and not any(_allows(term, node.labels) for term in topologies):
        return BIND_CONFLICT
    return "" if _has_capacity(claim, storage_class, node.labels, volumes) else NOT_ENOUGH_SPACE


def _allows(term: Object, labels: Labels) -> bool:
    expressions = term.get("matchLabelExpressions") or ()
    return bool(expressions) and all(labels.get(e["key"]) in e["values"] for e in expressions)


def _has_capacity(claim: Object, storage_class: Object, labels: Labels, volumes: Volumes) -> bool:
    """For drivers that publish their capacities alone."""
    driver = volumes.driver(storage_class["provisioner"])
    if driver is None or not driver["spec"].get("storageCapacity"):
        return True
    wanted = request_of(claim)
    return any(
        capacity.get("storageClassName") == name_of(storage_class)
        and _limit(capacity) >= wanted
        and capacity.get("nodeTopology") is not None
        and from_label_selector(capacity["nodeTopology"]).matches(labels)
        for capacity in volumes.capacities()
    )


def _limit(capacity: Object) -> Quantity:
    text = capacity.get("maximumVolumeSize") or capacity.get("capacity")
    return parse_quantity(text) if text else parse_quantity("-1")
