"""The hollow runtime: the pods of one node as timelines, computed from the rules when something starts.

It keeps no threads and calls nobody: the state at any moment follows from the time, and ``next_change`` says
when to look again. After a restart of the node agent it takes over what the pods' statuses tell.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from apimachinery.clock import Clock
from apimachinery.objects import Object
from apimachinery.timefmt import parse_time
from kubelet.pods.containers import containers_of, running_containers
from kubelet.pods.images import normalize
from kubelet.runtimes.hollow.commands import expand_references, literal_env
from kubelet.runtimes.hollow.container import HollowContainer
from kubelet.runtimes.hollow.meter import Meter
from kubelet.runtimes.hollow.network import AddressesExhausted, AddressPool
from kubelet.runtimes.hollow.rules import Behaviour, Rules
from kubelet.runtimes.hollow.shell import Program
from kubelet.runtimes.hollow.usage import Load
from kubelet.runtimes.runtime import ContainerState, Listener, Outcome, Phase, PodState, Usage

SCHEME = "hollow"
VERSION = "1.0.0"
_UNKNOWN = PodState()
_STABLE = Outcome(True, stable_until=math.inf)


@dataclass(slots=True)
class _Pod:
    ips: tuple[str, ...]
    containers: dict[str, HollowContainer] = field(default_factory=dict)


class HollowRuntime:
    """``pod_cidr``: the range of the node's pod addresses."""

    name = SCHEME
    version = VERSION

    def __init__(self, clock: Clock, rules: Rules, pod_cidr: str) -> None:
        self._clock = clock
        self._rules = rules
        self._addresses = AddressPool(pod_cidr)
        self._pods: dict[str, _Pod] = {}
        self._images: dict[str, float] = {}
        """Since when an image is on the node."""
        self._meter = Meter()
        self._loads: dict[str, tuple[str, dict[str, Load]]] = {}
        """By the pod's uid: the resourceVersion they are of, and the loads of its containers."""

    def start(self, listener: Listener) -> None:
        """Nothing to prepare; nothing is ever reported late."""

    def close(self) -> None:
        self._pods.clear()

    def adopt(self, pod: Object) -> None:
        status = pod.get("status") or {}
        ips = () if pod["spec"].get("hostNetwork") else tuple(entry["ip"] for entry in status.get("podIPs") or ())
        for address in ips:
            self._addresses.reserve(address)
        held = self._pods[pod["metadata"]["uid"]] = _Pod(ips)
        specs = {spec["name"]: spec for _, spec in containers_of(pod)}
        for group in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
            for entry in status.get(group) or ():
                spec = specs.get(entry["name"])
                if spec is not None:
                    self._adopt_container(held, pod, spec, entry)

    def observe(self, uid: str) -> PodState:
        pod = self._pods.get(uid)
        if pod is None:
            return _UNKNOWN
        now = self._now()
        states = {name: container.state(now) for name, container in pod.containers.items()}
        change = min((c.next_change(now) for c in pod.containers.values()), default=math.inf)
        return PodState(True, pod.ips, states, None if math.isinf(change) else change)

    def create_sandbox(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        if uid in self._pods:
            return
        if pod["spec"].get("hostNetwork"):
            self._pods[uid] = _Pod(())
            return
        try:
            self._pods[uid] = _Pod((self._addresses.take(),))
        except AddressesExhausted:
            return

    def has_image(self, image: str) -> bool:
        return self._images.get(image, math.inf) <= self._now()

    def pull_image(self, pod: Object, image: str, token: str) -> Outcome | None:
        spec = next(c for _, c in containers_of(pod) if c["image"] == image)
        behaviour = self._rules.behaviour(pod, spec)
        if behaviour.pull_error:
            return Outcome(False, behaviour.pull_error, behaviour.pull_seconds)
        now = self._now()
        arrives = self._images.setdefault(image, now + behaviour.pull_seconds)
        return Outcome(True, seconds=max(0.0, arrives - now), size=behaviour.image_size)

    def start_container(self, pod: Object, container: Object, attempt: int) -> None:
        uid, name = pod["metadata"]["uid"], container["name"]
        held = self._pods.get(uid)
        if held is None or (name in held.containers and held.containers[name].attempt >= attempt):
            return
        behaviour = self._rules.behaviour(pod, container)
        held.containers[name] = HollowContainer(
            spec=container,
            attempt=attempt,
            id=_container_id(uid, name, attempt),
            image=normalize(container["image"]),
            image_id=_image_id(container["image"]),
            behaviour=behaviour,
            starts_at=self._now() + behaviour.start_seconds,
        )

    def stop_container(self, uid: str, name: str, grace: float) -> None:
        pod = self._pods.get(uid)
        if pod is not None and name in pod.containers:
            pod.containers[name].stop(self._now(), grace)

    def invoke(
        self, pod: Object, container: Object, purpose: str, handler: Object, timeout: float, token: str
    ) -> Outcome | None:
        held = self._pods.get(pod["metadata"]["uid"])
        target = held.containers.get(container["name"]) if held is not None else None
        if target is None:
            return Outcome(False, "container not found")
        told = target.probe(purpose, self._now())
        if told is not None:
            return told
        if "sleep" in handler:
            return Outcome(True, seconds=min(float(handler["sleep"].get("seconds") or 0), timeout))
        if "exec" not in handler:
            return _STABLE
        return self._exec(container, handler["exec"].get("command") or (), timeout)

    def usage(self, pod: Object) -> Mapping[str, Usage]:
        """From what the pod's status says of its containers; loads follow its annotations as they are now."""
        now, uid = self._now(), pod["metadata"]["uid"]
        specs = {spec["name"]: spec for _, spec in containers_of(pod)}
        found = {}
        for status in running_containers(pod):
            name = status["name"]
            load = self._load(pod, specs[name])
            since = _moment(status["state"]["running"].get("startedAt")) or now
            found[name] = self._meter.read(uid, name, status.get("containerID") or "", since, load, now)
        return found

    def _load(self, pod: Object, spec: Object) -> Load:
        """Worked out once for each version of the pod."""
        metadata = pod["metadata"]
        version, loads = self._loads.get(metadata["uid"], ("", {}))
        if not version or version != metadata.get("resourceVersion"):
            loads = {}
            self._loads[metadata["uid"]] = (metadata.get("resourceVersion") or "", loads)
        if spec["name"] not in loads:
            loads[spec["name"]] = self._rules.usage(pod, spec)
        return loads[spec["name"]]

    def remove_pod(self, uid: str) -> None:
        self._meter.forget(uid)
        self._loads.pop(uid, None)
        pod = self._pods.pop(uid, None)
        for address in pod.ips if pod is not None else ():
            self._addresses.give_back(address)

    def _exec(self, container: Object, command: Sequence[str], timeout: float) -> Outcome:
        env = literal_env(container)
        words = expand_references(command, env)
        program = self._rules.probe_commands.run(words, env) if words else Program()
        if program.duration > timeout:
            message = f'command timed out: "{" ".join(words)}" timed out after {timeout:g}s'
            return Outcome(False, message, timeout, math.inf)
        return Outcome(program.exit_code == 0, "", program.duration, math.inf)

    def _adopt_container(self, held: _Pod, pod: Object, spec: Object, status: Object) -> None:
        state = status.get("state") or {}
        over = state.get("terminated") or (status.get("lastState") or {}).get("terminated")
        running = state.get("running")
        if running is None and over is None:
            return
        behaviour = self._rules.behaviour(pod, spec) if running is not None else Behaviour()
        container = HollowContainer(
            spec=spec,
            attempt=int(status.get("restartCount") or 0),
            id=status.get("containerID") or (over or {}).get("containerID") or "",
            image=status.get("image") or "",
            image_id=status.get("imageID") or "",
            behaviour=replace(behaviour, start_error=""),
            starts_at=_moment((running or over or {}).get("startedAt")),
        )
        if running is None and over is not None:
            container.ended = _ended(container, over)
        held.containers[spec["name"]] = container
        self._images.setdefault(spec["image"], container.starts_at)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _ended(container: HollowContainer, over: Object) -> ContainerState:
    return ContainerState(
        name=container.spec["name"],
        attempt=container.attempt,
        id=over.get("containerID") or container.id,
        image=container.image,
        image_id=container.image_id,
        phase=Phase.EXITED,
        started_at=container.starts_at,
        finished_at=_moment(over.get("finishedAt")),
        exit_code=int(over.get("exitCode") or 0),
        reason=over.get("reason") or "",
        message=over.get("message") or "",
    )


def _moment(text: str | None) -> float:
    return parse_time(text).timestamp() if text else 0.0


def _container_id(uid: str, name: str, attempt: int) -> str:
    return f"{SCHEME}://{hashlib.sha256(f'{uid}/{name}/{attempt}'.encode()).hexdigest()}"


@lru_cache(maxsize=4096)
def _image_id(image: str) -> str:
    """A digest reference, as a registry would give: the same image always has the same."""
    full = normalize(image)
    if "@" in full:
        return full
    repository = full[: full.rindex(":")]
    return f"{repository}@sha256:{hashlib.sha256(full.encode()).hexdigest()}"
