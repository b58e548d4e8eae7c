"""The rows and columns of the table of client libraries: a check of a driver is named like a feature."""

from __future__ import annotations

FEATURES = {
    "crud": "create, get, list, replace, delete",
    "pages": "lists with selectors and in pages",
    "patches": "patches of each type it has",
    "apply": "server-side apply, its conflicts, and force",
    "subresources": "status and scale",
    "watch": "watch from a revision, stop, resume",
    "expired": "410 for a watch from before the compaction",
    "errors": "404, 409, 422 as its exceptions",
    "auth": "certificate and service account token",
    "discovery": "discovery, and kinds found by it",
    "kinds": "stored objects of all kinds, as its models",
    "events": "events",
    "leases": "leases",
    "election": "leader election: one leads, the next takes over",
    "informer": "informer, or watch begun anew, over restart and restore",
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
