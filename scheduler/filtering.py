"""PreFilter and Filter of one pod in one cycle, also on nodes that are only supposed to be so.

Source: pkg/scheduler/framework/runtime/framework.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.diagnosis import Diagnosis, PluginError
from scheduler.framework import CycleState, FilterPlugin, OnlyNodes
from scheduler.nodeinfo import NodeInfo
from scheduler.nominator import Nominator
from scheduler.podinfo import PodInfo
from scheduler.profile import Profile
from scheduler.snapshot import Snapshot
from scheduler.status import Code, Status, unresolvable


class Filtering:
    """For one pod; :meth:`prepare` comes first. Used by the scheduling thread."""

    def __init__(self, profile: Profile, nominator: Nominator, state: CycleState, pod: PodInfo) -> None:
        self._profile = profile
        self._nominator = nominator
        self._state = state
        self._pod = pod
        self._active: list[FilterPlugin] = []
        """The filters that have something to say."""

    def prepare(self, snapshot: Snapshot, diagnosis: Diagnosis) -> Sequence[NodeInfo]:
        """Run PreFilter; the nodes that may fit: none if the pod fits nowhere, which is in ``diagnosis`` then.

        Raises PluginError.
        """
        skipped: set[str] = set()
        names: frozenset[str] | None = None
        restricting: list[str] = []
        for plugin in self._profile.pre_filter:
            answer = plugin.pre_filter(self._state, self._pod, snapshot)
            if answer is None:
                continue
            if isinstance(answer, OnlyNodes):
                names = answer.names if names is None else names & answer.names
                restricting.append(plugin.name)
                if not names:
                    _reject(diagnosis, plugin.name, unresolvable(_nowhere(restricting)))
                    return ()
            elif answer.code is Code.SKIP:
                skipped.add(plugin.name)
            elif answer.rejected:
                _reject(diagnosis, plugin.name, answer)
                return ()
            else:
                raise PluginError(f'running PreFilter plugin "{plugin.name}": {answer.message}')
        self._active = [plugin for plugin in self._profile.filter if plugin.name not in skipped]
        if names is None:
            return snapshot.nodes
        diagnosis.plugins.update(restricting)
        diagnosis.absent = unresolvable(f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(restricting))}]")
        return [snapshot.by_name[name] for name in sorted(names) if name in snapshot.by_name]

    def feasible(self, nodes: Sequence[NodeInfo], start: int, wanted: int, diagnosis: Diagnosis) -> list[NodeInfo]:
        """The nodes that every filter lets through, at most ``wanted``, looking from index ``start`` on and around.

        Raises PluginError.
        """
        found: list[NodeInfo] = []
        state, pod, check_nominated = self._state, self._pod, len(self._nominator) > 0
        calls = [(plugin.filter, plugin.name) for plugin in self._active]
        for node in (*nodes[start:], *nodes[:start]) if start else nodes:
            if check_nominated and (rivals := self._nominator.on(node.name, rivals_of=pod)):
                rejection = self._with_rivals(node, rivals)
                if rejection is not None:
                    diagnosis.turn_down(node.name, rejection.plugin, rejection)
                    continue
            for call, name in calls:
                status = call(state, pod, node)
                if status is not None:
                    diagnosis.turn_down(node.name, name, status)
                    break
            else:
                found.append(node)
                if len(found) >= wanted:
                    break
        return found

    def check(self, state: CycleState, node: NodeInfo) -> Status | None:
        """What the filters say of a node as it may be, with and without the pods that are nominated there."""
        rivals = self._nominator.on(node.name, rivals_of=self._pod)
        if rivals and (status := self._with_rivals(node, rivals, state)) is not None:
            return status
        return self._run(state, node)

    def add(self, state: CycleState, added: PodInfo, node: NodeInfo) -> None:
        """Suppose the pod were on the node; both are changed."""
        node.add(added)
        for plugin in self._profile.extensions:
            plugin.add_pod(state, self._pod, added, node)

    def remove(self, state: CycleState, removed: PodInfo, node: NodeInfo) -> None:
        """Suppose the pod were not on the node; both are changed."""
        node.remove(removed.uid)
        for plugin in self._profile.extensions:
            plugin.remove_pod(state, self._pod, removed, node)

    def _with_rivals(self, node: NodeInfo, rivals: Sequence[PodInfo], state: CycleState | None = None) -> Status | None:
        supposed, crowded = (state or self._state).copy(), node.copy()
        for rival in rivals:
            self.add(supposed, rival, crowded)
        return self._run(supposed, crowded)

    def _run(self, state: CycleState, node: NodeInfo) -> Status | None:
        for plugin in self._active:
            status = plugin.filter(state, self._pod, node)
            if status is not None:
                return Status(status.code, status.reasons, plugin.name)
        return None


def _reject(diagnosis: Diagnosis, plugin: str, status: Status) -> None:
    """PreFilter has not finished, so the filters cannot be asked whether evicting pods would help: it does not."""
    diagnosis.absent = unresolvable(*status.reasons, plugin=plugin)
    diagnosis.pre_filter = status.message
    diagnosis.plugins.add(plugin)


def _nowhere(restricting: Sequence[str]) -> str:
    if len(restricting) == 1:
        return f"node(s) didn't satisfy plugin {restricting[0]}"
    return f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(restricting))}] simultaneously"
