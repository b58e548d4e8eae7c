"""The scheduler's plugins, one file each, in the order in which they are asked; weights as upstream's.

A new plugin goes into a file of its own and into PLUGINS; see docs/adding-a-scheduler-plugin.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from scheduler.framework import Plugin
from scheduler.handle import Handle
from scheduler.plugins.balanced_allocation import BalancedAllocation
from scheduler.plugins.default_binder import DefaultBinder
from scheduler.plugins.default_preemption import DefaultPreemption
from scheduler.plugins.image_locality import ImageLocality
from scheduler.plugins.inter_pod_affinity import InterPodAffinity
from scheduler.plugins.node_affinity import NodeAffinity
from scheduler.plugins.node_name import NodeName
from scheduler.plugins.node_ports import NodePorts
from scheduler.plugins.node_resources_fit import NodeResourcesFit
from scheduler.plugins.node_unschedulable import NodeUnschedulable
from scheduler.plugins.pod_topology_spread import PodTopologySpread
from scheduler.plugins.scheduling_gates import SchedulingGates
from scheduler.plugins.taint_toleration import TaintToleration
from scheduler.plugins.volume_binding import VolumeBinding
from scheduler.plugins.volume_restrictions import VolumeRestrictions


class Entry(NamedTuple):
    build: Callable[[Handle], Plugin]
    weight: int = 1


PLUGINS: tuple[Entry, ...] = (
    Entry(SchedulingGates),
    Entry(NodeUnschedulable),
    Entry(NodeName),
    Entry(TaintToleration, 3),
    Entry(NodeAffinity, 2),
    Entry(NodePorts),
    Entry(NodeResourcesFit),
    Entry(VolumeRestrictions),
    Entry(VolumeBinding),
    Entry(PodTopologySpread, 2),
    Entry(InterPodAffinity, 2),
    Entry(DefaultPreemption),
    Entry(BalancedAllocation),
    Entry(ImageLocality),
    Entry(DefaultBinder),
)
