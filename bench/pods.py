"""Pods of 2 KB as the load writes them: never scheduled, so that no cluster runs them."""

from __future__ import annotations

import json
import os

from bench.load import Connection, Request

SIZE = 2048
_MARK = b'"bench/seq":"'


class Namespace:
    """One of its own for a run, with the paths in it."""

    def __init__(self) -> None:
        self.name = f"bench-{os.getpid()}"
        self.pods = f"/api/v1/namespaces/{self.name}/pods"

    async def create(self, connection: Connection) -> None:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}}
        await connection.ask(Request("POST", "/api/v1/namespaces", json.dumps(body).encode()))
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bench"}}
        path = f"/api/v1/namespaces/{self.name}/serviceaccounts"
        await connection.ask(Request("POST", path, json.dumps(account).encode()))

    async def clear(self, connection: Connection) -> None:
        await connection.ask(Request("DELETE", f"{self.pods}?gracePeriodSeconds=0"))

    async def delete(self, connection: Connection) -> None:
        await self.clear(connection)
        await connection.ask(Request("DELETE", f"/api/v1/namespaces/{self.name}"))

    def path(self, number: int) -> str:
        return f"{self.pods}/{name(number)}"

    def create_pod(self, number: int) -> Request:
        return Request("POST", self.pods, pod(number))

    def create_small(self, number: int, padding: int) -> Request:
        """Of a pod with nothing but a container, and so many bytes more."""
        metadata = {"name": name(number), "annotations": {"bench/padding": "x" * padding}}
        spec = {
            "containers": [{"name": "app", "image": "app"}],
            "schedulerName": "nobody",
            "serviceAccountName": "bench",
            "automountServiceAccountToken": False,
        }
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        return Request("POST", self.pods, json.dumps(body).encode())


def name(number: int) -> str:
    return f"pod-{number:06d}"


def pod(number: int) -> bytes:
    """SIZE bytes of JSON."""
    container = {
        "name": "app",
        "image": "registry.example.org/team/app:v1.2.3",
        "args": ["--verbose", "--listen=:8080"],
        "env": [{"name": f"SETTING_{i}", "value": f"value-{i}"} for i in range(8)],
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
        "resources": {"limits": {"memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "64Mi"}},
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10},
    }
    metadata = {
        "name": name(number),
        "labels": {"app": "bench", "shard": str(number % 16)},
        "annotations": {"bench/seq": "0", "bench/padding": ""},
    }
    spec = {
        "containers": [container],
        "schedulerName": "nobody",
        "serviceAccountName": "bench",
        "automountServiceAccountToken": False,
    }
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, separators=(",", ":"))
    empty = '"bench/padding":"'
    return text.replace(empty, empty + "x" * (SIZE - len(text))).encode()


def renumbered(stored: bytes, sequence: int) -> bytes:
    """The JSON of a pod with another value of its annotation ``bench/seq``."""
    before, mark, rest = stored.partition(_MARK)
    return before + mark + str(sequence).encode() + rest[rest.index(b'"') :]


def renumbering_patch(sequence: int) -> bytes:
    return b'{"metadata":{"annotations":{"bench/seq":"%d"}}}' % sequence
