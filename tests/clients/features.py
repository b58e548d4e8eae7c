"""The rows and columns of the table of client libraries: a check of a driver is named like a feature."""

from __future__ import annotations

FEATURES = {
    "crud": "create, get, list, replace, delete",
    "pages": "lists with selectors and in pages",
    "patches": "JSON, merge and strategic merge patch",
    "apply": "server-side apply, its conflicts, and force",
    "subresources": "status and scale",
    "watch": "watch from a revision, stop, resume",
    "expired": "410 for a watch from before the compaction",
    "errors": "404, 409, 422 with their reasons",
    "auth": "certificate and service account token",
    "discovery": "discovery, and kinds found by it",
    "kinds": "stored objects of all kinds read as typed models",
    "events": "events",
    "leases": "leases",
    "election": "leader election: one leads, the next takes over",
    "informer": "informer that outlives a restart and a restore",
    "streams": "errors of logs and exec",
    "yaml": "objects from YAML",
    "operator": "operator: handlers, finalizers, timers, progress",
}

LIBRARIES = {
    "official": "kubernetes",
    "official-aio": "kubernetes.aio",
    "official-dynamic": "kubernetes.dynamic",
    "kr8s": "kr8s",
    "lightkube": "lightkube",
    "kopf": "kopf",
    "javascript": "@kubernetes/client-node",
}
