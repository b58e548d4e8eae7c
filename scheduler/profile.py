"""The plugins of a scheduler, sorted by the extension points they take part in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduler.events import Action, EventOfInterest, Resource
from scheduler.framework import (
    BindPlugin,
    EnqueuePlugin,
    FilterPlugin,
    HousekeepingPlugin,
    NormalizeScorePlugin,
    Plugin,
    PostFilterPlugin,
    PreBindPlugin,
    PreEnqueuePlugin,
    PreFilterExtensions,
    PreFilterPlugin,
    PreScorePlugin,
    ReservePlugin,
    ScorePlugin,
)
from scheduler.podinfo import PodInfo

NO_NODES = "no nodes"
"""Stands for a plugin that rejects every pod while there is no node."""


@dataclass(frozen=True, slots=True)
class Weighted:
    plugin: Plugin
    weight: int = 1
    """Of its scores, against those of other plugins."""


class Profile:
    """Plugins in the order given; every extension point calls its plugins in that order."""

    def __init__(self, weighted: Sequence[Weighted]) -> None:
        """ValueError: two plugins have the same name, or none binds."""
        plugins = [entry.plugin for entry in weighted]
        names = [plugin.name for plugin in plugins]
        if len(set(names)) != len(names):
            raise ValueError(f"plugins with the same name: {', '.join(sorted(names))}")
        self.plugins: Mapping[str, Plugin] = dict(zip(names, plugins, strict=True))
        self.weights = {entry.plugin.name: entry.weight for entry in weighted}
        self.pre_enqueue = [plugin for plugin in plugins if isinstance(plugin, PreEnqueuePlugin)]
        self.pre_filter = [plugin for plugin in plugins if isinstance(plugin, PreFilterPlugin)]
        self.extensions = [plugin for plugin in plugins if isinstance(plugin, PreFilterExtensions)]
        self.filter = [plugin for plugin in plugins if isinstance(plugin, FilterPlugin)]
        self.post_filter = [plugin for plugin in plugins if isinstance(plugin, PostFilterPlugin)]
        self.pre_score = [plugin for plugin in plugins if isinstance(plugin, PreScorePlugin)]
        self.score = [plugin for plugin in plugins if isinstance(plugin, ScorePlugin)]
        self.normalize = {plugin.name: plugin for plugin in plugins if isinstance(plugin, NormalizeScorePlugin)}
        self.reserve = [plugin for plugin in plugins if isinstance(plugin, ReservePlugin)]
        self.pre_bind = [plugin for plugin in plugins if isinstance(plugin, PreBindPlugin)]
        self.housekeeping = [plugin for plugin in plugins if isinstance(plugin, HousekeepingPlugin)]
        self.bind = [plugin for plugin in plugins if isinstance(plugin, BindPlugin)]
        if not self.bind:
            raise ValueError("no plugin binds")

    @property
    def interests(self) -> dict[str, tuple[EventOfInterest, ...]]:
        """What each plugin waits for, by its name."""
        enqueue = (plugin for plugin in self.plugins.values() if isinstance(plugin, EnqueuePlugin))
        return {
            NO_NODES: (EventOfInterest(Resource.NODE, Action.ADD),),
            **{plugin.name: tuple(plugin.events) for plugin in enqueue},
        }

    def gate(self, pod: PodInfo) -> str:
        """The name of the plugin that keeps the pod out of the queue, "" if none does."""
        return next((plugin.name for plugin in self.pre_enqueue if plugin.pre_enqueue(pod) is not None), "")
