"""The thin shell: finds the deployment's ReplicaSets, writes the sizes that the plans say, and the status."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from apimachinery.gvk import GroupVersion
from apimachinery.labels import Selector, SelectorError, from_label_selector
from apimachinery.objects import Object, controller_of, is_terminating, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_terminal
from apimachinery.status import AlreadyExists, NotFound, StatusError
from client.recorder import NORMAL, WARNING
from client.resources import DEPLOYMENTS, PODS, REPLICASETS
from controllers.controller import Context, Controller, Loop
from controllers.deployment import sizes, status
from controllers.deployment.revisions import (
    REVISION,
    annotations_of,
    annotations_of_new_set,
    next_revision,
    revision_of,
    size_annotations,
)
from controllers.deployment.sets import (
    HASH,
    Sets,
    by_age,
    is_rolling,
    replicas_of,
    same_template,
    set_name,
    sort_sets,
)
from controllers.shared.hashes import template_hash
from controllers.shared.indexes import BY_CONTROLLER, controlled_and_orphans, controlled_by
from controllers.shared.ownership import Claimer, controller_reference, labels_of, resolve
from controllers.shared.pods import NAMESPACE_TERMINATING

KIND = GroupVersion("apps", "v1").kind("Deployment")
WORKERS = 5
_NO_LIMIT = 2**31 - 1


@dataclass(slots=True)
class Rollout:
    """What one sync works on and will write back at its end: the deployment's revision, conditions and collisions."""

    deployment: Object
    sets: Sets
    now: datetime
    conditions: status.Conditions
    collisions: int | None
    revision: str = field(default="")

    @classmethod
    def of(cls, deployment: Object, sets: Sets, now: datetime) -> Rollout:
        before = deployment.get("status") or {}
        conditions = status.pause_conditions(deployment, before.get("conditions") or [], now)
        return cls(deployment, sets, now, conditions, before.get("collisionCount"))

    @property
    def has_deadline(self) -> bool:
        return status.has_deadline(self.deployment)

    def say_progress(self, state: str, reason: str, message: str) -> None:
        if self.has_deadline:
            new = status.condition(status.PROGRESSING, state, reason, message, self.now)
            self.conditions = status.put(self.conditions, new)


class Deployments:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._recorder = context.recorder("deployment-controller")
        self._claimer = Claimer(context.client, KIND, DEPLOYMENTS, REPLICASETS)
        self.queue = context.queue()
        deployments = context.informer(DEPLOYMENTS)
        sets = context.informer(REPLICASETS, indexers=BY_CONTROLLER)
        pods = context.informer(PODS, indexers=BY_CONTROLLER)
        self._deployments, self._sets, self._pods = deployments.store, sets.store, pods.store
        deployments.add_handler(self._enqueue, lambda old, new: self._enqueue(new), self._enqueue)
        sets.add_handler(self._set_added, self._set_updated, self._set_deleted)
        pods.add_handler(on_delete=self._pod_deleted)

    def sync(self, key: str) -> None:
        deployment = self._deployments.get(key)
        if deployment is None:
            return
        selector = _selector_of(deployment)
        if selector is None or selector.empty:
            self._refuse(deployment, selector)
            return
        owned = self._claimer.claim(deployment, selector, controlled_and_orphans(self._sets, deployment))
        rollout = Rollout.of(deployment, sort_sets(deployment, owned), self._clock.now())
        try:
            self._advance(rollout)
        except StatusError as error:
            if not error.has_cause(NAMESPACE_TERMINATING):
                raise

    def _advance(self, rollout: Rollout) -> None:
        deployment, spec = rollout.deployment, rollout.deployment["spec"]
        if is_terminating(deployment):
            self._write(rollout, judge=False)
        elif spec.get("paused") or sizes.is_scaling(deployment, rollout.sets):
            self._update_new_set(rollout)
            self._resize(rollout, sizes.scale(deployment, rollout.sets), force=True)
            if spec.get("paused"):
                self._forget_old_sets(rollout)
            self._write(rollout, judge=False)
        elif is_rolling(deployment):
            self._roll(rollout)
        else:
            self._recreate(rollout)

    # The two strategies

    def _roll(self, rollout: Rollout) -> None:
        self._ensure_new_set(rollout)
        deployment, sets = rollout.deployment, rollout.sets
        grown = self._resize(rollout, [(sets.new, sizes.size_of_new(deployment, sets))] if sets.new else [])
        moved = grown or self._resize(rollout, sizes.shrink_old(deployment, sets))
        if not moved and status.is_complete(deployment, deployment.get("status") or {}):
            self._forget_old_sets(rollout)
        self._write(rollout, judge=True)

    def _recreate(self, rollout: Rollout) -> None:
        deployment = rollout.deployment
        self._update_new_set(rollout)
        if self._resize(rollout, sizes.empty_old(rollout.sets)) or self._has_old_pods(rollout.sets):
            self._write(rollout, judge=True)
            return
        self._ensure_new_set(rollout)
        new = rollout.sets.new
        self._resize(rollout, [(new, replicas_of(deployment))] if new else [])
        if status.is_complete(deployment, deployment.get("status") or {}):
            self._forget_old_sets(rollout)
        self._write(rollout, judge=True)

    def _has_old_pods(self, sets: Sets) -> bool:
        return any(
            (rs.get("status") or {}).get("replicas")
            or not all(map(is_pod_terminal, controlled_by(self._pods, rs["metadata"]["uid"])))
            for rs in sets.old
        )

    # The new set

    def _ensure_new_set(self, rollout: Rollout) -> None:
        if rollout.sets.new is None:
            self._create_new_set(rollout)
        else:
            self._update_new_set(rollout)

    def _update_new_set(self, rollout: Rollout) -> None:
        """Bring annotations and minReadySeconds of the new set, if there is one, into line with the deployment."""
        new, deployment = rollout.sets.new, rollout.deployment
        if new is None:
            return
        annotations = annotations_of_new_set(deployment, annotations_of(new), next_revision(rollout.sets.old))
        min_ready = deployment["spec"].get("minReadySeconds") or 0
        if annotations != annotations_of(new) or (new["spec"].get("minReadySeconds") or 0) != min_ready:
            spec = {**new["spec"], "minReadySeconds": min_ready}
            new = self._update_set({**new, "metadata": {**new["metadata"], "annotations": annotations}, "spec": spec})
            rollout.sets = rollout.sets._replace(new=new)
        rollout.revision = annotations_of(new).get(REVISION, "")
        if status.find(rollout.conditions, status.PROGRESSING) is None:
            rollout.say_progress("True", "FoundNewReplicaSet", f'Found new replica set "{name_of(new)}"')

    def _create_new_set(self, rollout: Rollout) -> None:
        deployment = rollout.deployment
        draft = self._draft(rollout)
        try:
            new = self._client.create(REPLICASETS, namespace_of(deployment), draft)
            self._created(rollout, new)
        except AlreadyExists:
            new = self._existing(rollout, name_of(draft))
        except StatusError as error:
            if not error.has_cause(NAMESPACE_TERMINATING):
                self._creation_failed(rollout, name_of(draft), error)
            raise
        rollout.sets = rollout.sets._replace(new=new)
        rollout.revision = annotations_of(new).get(REVISION, "")

    def _draft(self, rollout: Rollout) -> Object:
        deployment, spec = rollout.deployment, rollout.deployment["spec"]
        template, selector = spec["template"], spec.get("selector") or {}
        hashed = {HASH: template_hash(template, rollout.collisions)}
        labels = {**((template.get("metadata") or {}).get("labels") or {}), **hashed}
        annotations = annotations_of_new_set(deployment, {}, next_revision(rollout.sets.old))
        return {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": set_name(name_of(deployment), hashed[HASH]),
                "namespace": namespace_of(deployment),
                "labels": labels,
                "annotations": {**annotations, **size_annotations(deployment)},
                "ownerReferences": [controller_reference(deployment, KIND)],
            },
            "spec": {
                "replicas": sizes.size_of_new(deployment, rollout.sets),
                "minReadySeconds": spec.get("minReadySeconds") or 0,
                "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), **hashed}},
                "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
            },
        }

    def _created(self, rollout: Rollout, new: Object) -> None:
        if replicas_of(new):
            message = f"Scaled up replica set {name_of(new)} from 0 to {replicas_of(new)}"
            self._recorder.event(rollout.deployment, NORMAL, "ScalingReplicaSet", message)
        rollout.say_progress("True", "NewReplicaSetCreated", f'Created new replica set "{name_of(new)}"')

    def _existing(self, rollout: Rollout, name: str) -> Object:
        """The set that has the name: ours, made a moment ago, or another template's whose hash is the same."""
        deployment = rollout.deployment
        found = self._client.get(REPLICASETS, namespace_of(deployment), name)
        reference = controller_of(found)
        ours = reference is not None and reference.get("uid") == deployment["metadata"]["uid"]
        if ours and same_template(deployment, found):
            return found
        rollout.collisions = (rollout.collisions or 0) + 1
        before = deployment.get("status") or {}
        self._update_status(deployment, {**before, "collisionCount": rollout.collisions})
        raise AlreadyExists.of(REPLICASETS.group_resource, name)

    def _creation_failed(self, rollout: Rollout, name: str, error: StatusError) -> None:
        reason, message = "ReplicaSetCreateError", f'Failed to create new replica set "{name}": {error}'
        rollout.say_progress("False", reason, message)
        before = rollout.deployment.get("status") or {}
        if rollout.conditions != before.get("conditions"):
            self._update_status(rollout.deployment, {**before, "conditions": list(rollout.conditions)})
        self._recorder.event(rollout.deployment, WARNING, reason, message)

    # Writing

    def _resize(self, rollout: Rollout, plan: sizes.Plan, *, force: bool = False) -> bool:
        """Give the sets these sizes; whether one has changed. ``force``: mend annotations of those that fit, too."""
        moved, annotations = False, size_annotations(rollout.deployment)
        for rs, size in plan:
            before = replicas_of(rs)
            current = annotations_of(rs)
            if before == size and not (force and any(current.get(k) != v for k, v in annotations.items())):
                continue
            metadata = {**rs["metadata"], "annotations": {**current, **annotations}}
            written = self._update_set({**rs, "metadata": metadata, "spec": {**rs["spec"], "replicas": size}})
            rollout.sets = _replace(rollout.sets, written)
            if before != size:
                moved = True
                direction = "up" if before < size else "down"
                message = f"Scaled {direction} replica set {name_of(rs)} from {before} to {size}"
                self._recorder.event(rollout.deployment, NORMAL, "ScalingReplicaSet", message)
        return moved

    def _update_set(self, rs: Object) -> Object:
        return self._client.update(REPLICASETS, namespace_of(rs), name_of(rs), rs)

    def _forget_old_sets(self, rollout: Rollout) -> None:
        """Delete the oldest revisions beyond the history limit; one that still has pods is left alone."""
        limit = rollout.deployment["spec"].get("revisionHistoryLimit")
        if limit in (None, _NO_LIMIT):
            return
        old = sorted((rs for rs in by_age(rollout.sets.old) if not is_terminating(rs)), key=revision_of)
        for rs in old[: max(len(old) - limit, 0)]:
            state = rs.get("status") or {}
            seen = (state.get("observedGeneration") or 0) >= (rs["metadata"].get("generation") or 0)
            if seen and not state.get("replicas") and not replicas_of(rs):
                try:
                    self._client.delete(REPLICASETS, namespace_of(rs), name_of(rs), uid=rs["metadata"]["uid"])
                except NotFound:
                    continue

    def _write(self, rollout: Rollout, *, judge: bool) -> None:
        """Write revision and status if they have changed; otherwise come back when the deadline may have passed."""
        deployment, now = rollout.deployment, rollout.now
        new = status.counted(deployment, rollout.sets, rollout.conditions, rollout.collisions, now)
        if judge:
            new = status.judged(deployment, rollout.sets, new, rollout.conditions, now)
        same_revision = rollout.revision in ("", annotations_of(deployment).get(REVISION))
        if same_revision and new == (deployment.get("status") or {}):
            wait = status.check_again_after(deployment, new, now) if judge else None
            if wait is not None:
                self.queue.add_after(key_of(deployment), wait or 1.0)
            return
        if not same_revision:
            annotations = {**annotations_of(deployment), REVISION: rollout.revision}
            deployment = {**deployment, "metadata": {**deployment["metadata"], "annotations": annotations}}
        self._update_status(deployment, new)

    def _update_status(self, deployment: Object, new: Object) -> None:
        changed = {**deployment, "status": new}
        self._client.update(DEPLOYMENTS, namespace_of(deployment), name_of(deployment), changed, subresource="status")

    def _refuse(self, deployment: Object, selector: Selector | None) -> None:
        """It selects everything, or nonsense."""
        if selector is None:
            return
        message = "This deployment is selecting all pods. A non-empty selector is required."
        self._recorder.event(deployment, WARNING, "SelectingAll", message)
        before, generation = deployment.get("status") or {}, deployment["metadata"].get("generation") or 0
        if (before.get("observedGeneration") or 0) < generation:
            self._update_status(deployment, {**before, "observedGeneration": generation})

    # What happens

    def _enqueue(self, deployment: Object) -> None:
        self.queue.add(key_of(deployment))

    def _enqueue_owner(self, rs: Object) -> Object | None:
        owner = resolve(self._deployments, KIND.kind, namespace_of(rs), controller_of(rs))
        if owner is not None:
            self._enqueue(owner)
        return owner

    def _set_added(self, rs: Object) -> None:
        if controller_of(rs) is not None or is_terminating(rs):
            self._enqueue_owner(rs)
        else:
            self._orphan(rs)

    def _set_updated(self, old: Object, new: Object) -> None:
        owner_changed = controller_of(old) != controller_of(new)
        if owner_changed:
            self._enqueue_owner(old)
        if controller_of(new) is not None:
            self._enqueue_owner(new)
        elif owner_changed or labels_of(old) != labels_of(new):
            self._orphan(new)

    def _set_deleted(self, rs: Object) -> None:
        self._enqueue_owner(rs)

    def _orphan(self, rs: Object) -> None:
        """Whoever selects it may want to adopt it."""
        namespace = namespace_of(rs)
        for deployment in self._deployments.list():
            if namespace_of(deployment) == namespace:
                selector = _selector_of(deployment)
                if selector is not None and not selector.empty and selector.matches(labels_of(rs)):
                    self._enqueue(deployment)

    def _pod_deleted(self, pod: Object) -> None:
        """Recreate waits for the last old pod."""
        rs = resolve(self._sets, "ReplicaSet", namespace_of(pod), controller_of(pod))
        owner = resolve(self._deployments, KIND.kind, namespace_of(pod), controller_of(rs)) if rs else None
        if owner is not None and not is_rolling(owner):
            self._enqueue(owner)


def _selector_of(deployment: Object) -> Selector | None:
    """None: it cannot be read."""
    try:
        return from_label_selector(deployment["spec"].get("selector"))
    except SelectorError:
        return None


def _replace(sets: Sets, written: Object) -> Sets:
    uid = written["metadata"]["uid"]
    if sets.new is not None and sets.new["metadata"]["uid"] == uid:
        return sets._replace(new=written)
    return sets._replace(old=[written if rs["metadata"]["uid"] == uid else rs for rs in sets.old])


def build_deployment(context: Context) -> Controller:
    deployments = Deployments(context)
    return Controller("deployment-controller", (Loop(deployments.queue, deployments.sync, WORKERS),))
