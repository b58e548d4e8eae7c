"""The extension points: where a plugin may take part in the scheduling of a pod (upstream's scheduling framework).

One pod at a time goes through the scheduling cycle, on one thread and on a snapshot of the cluster that nobody changes:

    PreFilter -> Filter (per node) -> PostFilter (only if no node is left)
              -> PreScore -> Score -> NormalizeScore -> Reserve

then, on another thread and beside other pods, through the binding cycle: PreBind -> Bind, or Unreserve if that fails.

A plugin is any object with a ``name`` that has the methods of one or more of these protocols. None of them may change
the pod, the nodes or the snapshot; what a plugin needs to remember between its calls goes into the CycleState under
its own name, never into itself. Everywhere None means success.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from scheduler.diagnosis import Diagnosis
from scheduler.events import EventOfInterest
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import Status

MAX_SCORE = 100


class CycleState:
    """What plugins remember of one pod's scheduling cycle, by plugin name; lives as long as that and its binding."""

    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def copy(self) -> CycleState:
        """For trying out what would be: plugins' ``add_pod`` and ``remove_pod`` replace what they change."""
        copy = CycleState()
        copy.data = self.data.copy()
        return copy


class OnlyNodes(NamedTuple):
    """An answer of PreFilter: no other node can fit."""

    names: frozenset[str]


@runtime_checkable
class Plugin(Protocol):
    @property
    def name(self) -> str:
        """Unique; users see it in messages."""


@runtime_checkable
class PreEnqueuePlugin(Plugin, Protocol):
    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        """Called before a pod enters the active queue, with the queue's lock held: be quick.

        A status keeps it out until the pod is updated; it is not an attempt, no event is written.
        """


@runtime_checkable
class EnqueuePlugin(Plugin, Protocol):
    @property
    def events(self) -> Sequence[EventOfInterest]:
        """What could make a pod schedulable that this plugin has rejected. Without it only time does."""


@runtime_checkable
class PreFilterPlugin(Plugin, Protocol):
    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | OnlyNodes | None:
        """Called once per cycle, before any filter. The place for everything that does not depend on the node.

        SKIP: this plugin's Filter need not be called. Unschedulable: the pod fits nowhere, the cycle ends.
        """


@runtime_checkable
class PreFilterExtensions(Plugin, Protocol):
    """For a plugin whose Filter depends on more pods than those of the node it is asked about."""

    def add_pod(self, state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo) -> None:
        """Suppose ``added`` were on ``node``: replace what the state says by what it would say then."""

    def remove_pod(self, state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo) -> None:
        """Suppose ``removed`` were no longer on ``node``."""


@runtime_checkable
class FilterPlugin(Plugin, Protocol):
    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Can the pod run there? Called for many nodes in a cycle, for one again while preemption tries things out.

        Called only if the filters before it said yes. Does not look at the snapshot: ``node`` may be a supposition.
        """


class Nomination(NamedTuple):
    """An answer of PostFilter: room is being made there; "" gives up an earlier nomination."""

    node_name: str


class Trials(Protocol):
    """Lets PostFilter suppose changes of a node and ask the filters. Give it copies of state and node."""

    def check(self, state: CycleState, node: NodeInfo) -> Status | None:
        """Would the pod fit there, also beside the pods that are nominated there?"""

    def add(self, state: CycleState, added: PodInfo, node: NodeInfo) -> None: ...

    def remove(self, state: CycleState, removed: PodInfo, node: NodeInfo) -> None: ...


@runtime_checkable
class PostFilterPlugin(Plugin, Protocol):
    def post_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, diagnosis: Diagnosis, trials: Trials
    ) -> tuple[Nomination | None, str]:
        """Called when no node fits; may change the cluster so that one will (preemption), but must not wait for it.

        The message is added to what users read. The first plugin that nominates a node ends the round.
        """


@runtime_checkable
class PreScorePlugin(Plugin, Protocol):
    def pre_score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> Status | None:
        """Called once, with the nodes that fit, if there are at least two. SKIP: this plugin's Score is not called."""


@runtime_checkable
class ScorePlugin(Plugin, Protocol):
    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        """A score for each of the nodes, in their order: any integers if there is a NormalizeScore, else 0 to 100.

        Unlike upstream's it is called once for all nodes, which in Python saves most of its cost.
        """


@runtime_checkable
class NormalizeScorePlugin(ScorePlugin, Protocol):
    def normalize_scores(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], scores: list[int]
    ) -> list[int]:
        """Bring this plugin's own scores into 0 to 100; higher is better. May change ``scores``."""


@runtime_checkable
class ReservePlugin(Plugin, Protocol):
    def reserve(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """The pod will be bound there: take what it needs. A status undoes it all, by ``unreserve`` of every plugin."""

    def unreserve(self, state: CycleState, pod: PodInfo, node_name: str) -> None:
        """Give it back. Called from the scheduling or a binding thread, maybe without ``reserve``, maybe twice."""


@runtime_checkable
class PreBindPlugin(Plugin, Protocol):
    def pre_bind(
        self, state: CycleState, pod: PodInfo, node_name: str, done: Callable[[Status | None], None]
    ) -> Status | None:
        """Do what must be done before the pod is bound. Called on a binding thread.

        May block for a write, but not for what others do: then it returns WAIT, and ``done`` is called later, once,
        from any thread. ``unreserve`` may come before that.
        """


@runtime_checkable
class HousekeepingPlugin(Plugin, Protocol):
    def keep_house(self) -> None:
        """Called on the scheduling thread every half minute: give up what takes too long."""


@runtime_checkable
class BindPlugin(Plugin, Protocol):
    def bind(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """Make it so, through the API. Called on a binding thread; may block. SKIP leaves it to the next plugin."""


def normalize(scores: list[int], *, reverse: bool = False) -> list[int]:
    """Scale to 0 … 100 by the largest score; ``reverse``: the largest becomes the worst."""
    largest = max(scores, default=0)
    if largest == 0:
        return [MAX_SCORE if reverse else score for score in scores]
    if reverse:
        return [MAX_SCORE - MAX_SCORE * score // largest for score in scores]
    return [MAX_SCORE * score // largest for score in scores]
