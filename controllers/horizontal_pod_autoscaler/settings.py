"""What a cluster's administrator may set for all autoscalers: upstream's flags, with upstream's defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AutoscalerSettings:
    """Times in seconds."""

    sync_period: float = 15.0
    downscale_stabilization: float = 300.0
    """For how long a higher recommendation holds, where ``behavior`` says nothing."""
    tolerance: float = 0.1
    """How far usage may be off its target, as a share of it."""
    cpu_initialization_period: float = 300.0
    """For how long samples of a started pod's CPU are looked at with care."""
    initial_readiness_delay: float = 30.0
    """For how long a pod that is not ready counts as one that never was."""


DEFAULTS = AutoscalerSettings()
