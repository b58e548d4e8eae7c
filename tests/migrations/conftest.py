"""Migrations are tested on every engine."""

from __future__ import annotations

from tests.storage.cluster_fixtures import cluster, running_cluster

__all__ = ["cluster", "running_cluster"]
