"""Stories over PostgreSQL have a server of their own."""

from __future__ import annotations

from tests.storage.cluster_fixtures import cluster, running_cluster

__all__ = ["cluster", "running_cluster"]
