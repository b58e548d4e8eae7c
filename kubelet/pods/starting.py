"""From "should run" to running: restart back-off, the image, the start, the postStart hook.

Wording and order of the events follow pkg/kubelet/kuberuntime (doBackOff, startContainer) and
pkg/kubelet/images/image_manager.go.
"""

from __future__ import annotations

import math

from apimachinery.objects import Object
from kubelet.pods.backoff import go_duration
from kubelet.pods.images import reference_error
from kubelet.pods.mounts import mount_error
from kubelet.pods.slot import Call, Slot
from kubelet.pods.statuses import terminated
from kubelet.pods.steps import NORMAL, WARNING, Invoke, PullImage, StartContainer, Turn
from kubelet.runtimes.runtime import Outcome, Phase

CONFIG_ERROR = "CreateContainerConfigError"
NOTICE = 1.0
"""Seconds an exit stays visible before a restart; upstream looks at its containers once a second."""
PULL_ERROR_SHOWN = 3.0
"""Seconds for which ErrImagePull is shown before it turns into ImagePullBackOff."""
RETRY = 10.0
"""Seconds between looks at what cannot work until somebody changes something."""


def start(slot: Slot, turn: Turn) -> None:
    """Bring a container that does not live one step closer to its next attempt."""
    state = slot.state
    if state is not None and not slot.cleared and not _past_backoff(slot, turn):
        return
    if not slot.image_ready and not _ensure_image(slot, turn):
        return
    if not _configured(slot, turn):
        return
    if state is not None and state.phase is Phase.EXITED:
        slot.before, slot.last = state, terminated(state)
    slot.attempt += 1
    slot.state, slot.kill, slot.probes = None, None, []
    slot.cleared = slot.image_ready = slot.announced = False
    slot.image = slot.spec["image"]
    turn.actions.append(StartContainer(slot.spec, slot.attempt))


def _past_backoff(slot: Slot, turn: Turn) -> bool:
    state = slot.state
    assert state is not None
    failed_at = state.finished_at
    if turn.now < failed_at + NOTICE:
        turn.wake_at(failed_at + NOTICE)
        return False
    remaining = slot.restarts.remaining(failed_at, turn.now)
    if remaining <= 0:
        slot.restarts.advance(failed_at, turn.now)
        slot.cleared = True
        return True
    if slot.waiting is None and state.phase is Phase.EXITED:
        pod = pod_title(turn.pod)
        message = f"back-off {go_duration(slot.restarts.delay)} restarting failed container={slot.name} pod={pod}"
        slot.waiting = ("CrashLoopBackOff", message)
        turn.event(WARNING, "BackOff", f"Back-off restarting failed container {slot.name} in pod {pod}", slot.path)
    turn.wake_at(turn.now + remaining)
    return False


def pod_title(pod: Object) -> str:
    """How the kubelet names a pod in messages: ``name_namespace(uid)``."""
    meta = pod["metadata"]
    return f"{meta['name']}_{meta.get('namespace', '')}({meta['uid']})"


def _ensure_image(slot: Slot, turn: Turn) -> bool:
    """Whether the image is there; otherwise pulls, waits, or says why it will not come."""
    if slot.pull is not None:
        return _await_pull(slot, slot.pull, turn)
    image = str(slot.spec["image"])
    problem = reference_error(image)
    if problem:
        message = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {problem}'
        return _refuse(slot, turn, "InvalidImageName", message, "InspectFailed")
    policy = slot.pull_policy
    if policy != "Always" and turn.has_image(image):
        message = f'Container image "{image}" already present on machine and can be accessed by the pod'
        turn.event(NORMAL, "Pulled", message, slot.path)
        slot.image_ready = True
        return True
    if policy == "Never":
        message = f'Container image "{image}" is not present with pull policy of Never'
        return _refuse(slot, turn, "ErrImageNeverPull", message, "ErrImageNeverPull")
    return _pull(slot, turn, image)


def _configured(slot: Slot, turn: Turn) -> bool:
    """Whether the container can be created as it is described; otherwise says what is wrong."""
    problem = mount_error(turn.pod, slot.spec)
    if not problem:
        return True
    if slot.waiting != (CONFIG_ERROR, problem):
        slot.waiting = (CONFIG_ERROR, problem)
        turn.event(WARNING, "Failed", f"Error: {problem}", slot.path)
    turn.wake_at(turn.now + RETRY)
    return False


def _refuse(slot: Slot, turn: Turn, reason: str, message: str, event: str) -> bool:
    if slot.waiting != (reason, message):
        slot.waiting = (reason, message)
        turn.event(WARNING, event, message, slot.path)
        turn.event(WARNING, "Failed", f"Error: {reason}", slot.path)
    turn.wake_at(turn.now + RETRY)
    return False


def _pull(slot: Slot, turn: Turn, image: str) -> bool:
    failed_at = slot.pulls.updated
    remaining = slot.pulls.remaining(failed_at, turn.now) if slot.pull_error else 0.0
    if remaining <= 0:
        turn.event(NORMAL, "Pulling", f'Pulling image "{image}"', slot.path)
        slot.pull = Call(f"{slot.name}/pull/{turn.now}")
        slot.pull_since = turn.now
        turn.actions.append(PullImage(image, slot.pull.token))
        return False
    if turn.now < failed_at + PULL_ERROR_SHOWN:
        turn.wake_at(failed_at + PULL_ERROR_SHOWN)
        return False
    text = f'Back-off pulling image "{image}"'
    if slot.waiting is None or slot.waiting[0] != "ImagePullBackOff":
        slot.waiting = ("ImagePullBackOff", f"{text}: ErrImagePull: {slot.pull_error}")
        turn.event(NORMAL, "BackOff", text, slot.path)
        turn.event(WARNING, "Failed", "Error: ImagePullBackOff", slot.path)
    turn.wake_at(turn.now + remaining)
    return False


def _await_pull(slot: Slot, pull: Call, turn: Turn) -> bool:
    outcome = pull.ended(turn)
    if outcome is None:
        return False
    slot.pull = None
    image = slot.spec["image"]
    if not outcome.ok:
        _pull_failed(slot, turn, str(image), outcome)
        return False
    took = go_duration(turn.now - slot.pull_since)
    message = (
        f'Successfully pulled image "{image}" in {took} ({took} including waiting). Image size: {outcome.size} bytes.'
    )
    turn.event(NORMAL, "Pulled", message, slot.path)
    slot.image_ready, slot.pull_error = True, ""
    if slot.waiting is not None and slot.waiting[0] in ("ErrImagePull", "ImagePullBackOff"):
        slot.waiting = None
    return True


def _pull_failed(slot: Slot, turn: Turn, image: str, outcome: Outcome) -> None:
    turn.event(WARNING, "Failed", f'Failed to pull image "{image}": {outcome.message}', slot.path)
    turn.event(WARNING, "Failed", "Error: ErrImagePull", slot.path)
    slot.pulls.advance(turn.now, turn.now)
    slot.pull_error = outcome.message
    slot.waiting = ("ErrImagePull", outcome.message)
    turn.wake_at(turn.now + PULL_ERROR_SHOWN)


def watch_start(slot: Slot, turn: Turn) -> bool:
    """Follow a container from its start until its postStart hook is done; False when that hook has failed."""
    state = slot.state
    if state is None or not state.started_at:
        return True
    if not slot.announced:
        _announce(slot, turn, state.started_at)
    call = slot.post_start
    outcome = call.ended(turn) if call is not None else None
    if call is None or outcome is None:
        return True
    slot.post_start = None
    if outcome.ok or slot.exited:
        slot.begin_probes(turn.now)
        return True
    turn.event(WARNING, "FailedPostStartHook", "PostStartHook failed", slot.path)
    return False


def _announce(slot: Slot, turn: Turn, started_at: float) -> None:
    slot.announced, slot.waiting = True, None
    turn.event(NORMAL, "Created", "Container created", slot.path)
    turn.event(NORMAL, "Started", "Container started", slot.path)
    handler = slot.lifecycle("postStart")
    if handler is None or slot.exited:
        slot.begin_probes(started_at)
        return
    slot.post_start = Call(f"{slot.name}/postStart/{slot.attempt}")
    turn.actions.append(Invoke(slot.spec, "postStart", handler, math.inf, slot.post_start.token))
