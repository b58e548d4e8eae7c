"""Random requests: whatever is asked, the server answers in time, in upstream's form, and never with a 5xx.

Paths come from discovery, bodies are valid ones with pieces replaced; the runs are the same each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from apimachinery.objects import Object
from openapi.resources import RESOURCES, Resource
from tests.server.harness import Result, Server

ROUNDS = 400
RECORDED = [
    orjson.loads(line)
    for line in (Path(__file__).parent / "data" / "upstream-answers-1.20.jsonl").read_bytes().splitlines()
]
BODIES = [
    record["request"]["body"]
    for record in RECORDED
    if isinstance(record["request"].get("body"), dict) and record["request"]["method"] == "POST"
]
METHODS = ("GET", "GET", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
JUNK: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        1 << 31,
        1 << 63,
        -(1 << 70),
        1.5,
        1e300,
        "",
        "a",
        "-",
        "A b",
        "é\u0000",
        "1",
        "9e9",
    ),
    *(
        "x" * 300,
        "10Gi",
        "-1m",
        "2026-01-01T00:00:00Z",
        [],
        {},
        [None],
        [[]],
        [{}],
        {"": ""},
        {"a": None},
        {"a": {"b": []}},
    ),
)
QUERIES = (
    *(
        "limit=1",
        "limit=x",
        "limit=-1",
        "continue=abc",
        "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0",
        "resourceVersion=0",
    ),
    *(
        "resourceVersion=x",
        "resourceVersionMatch=Exact",
        "labelSelector=a in (b",
        "labelSelector=a%21%3Db",
        "fieldSelector=x%3D1",
    ),
    *(
        "fieldSelector=metadata.name%3Da",
        "dryRun=All",
        "dryRun=x",
        "fieldManager=m",
        "fieldValidation=Strict",
        "force=true",
    ),
    *(
        "gracePeriodSeconds=0",
        "gracePeriodSeconds=-5",
        "propagationPolicy=Foreground",
        "propagationPolicy=x",
        "pretty=1",
    ),
    *(
        "resourceVersion=1",
        "includeObject=Object",
        "sendInitialEvents=true",
        "%ff=%00",
    ),
)
CONTENT = (
    *("application/json", "application/yaml", "application/json-patch+json", "application/merge-patch+json"),
    *("application/strategic-merge-patch+json", "application/apply-patch+yaml", "application/vnd.kubernetes.protobuf"),
    *("text/plain", ""),
)
ACCEPT = (
    *("", "*/*", "application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/html"),
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
)
UNFORESEEN = "InternalError"
"""The reason of a 500 nobody meant to give. Upstream's own, for an unreadable resourceVersion, have no reason."""


class Fuzzer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def mutated(self, value: Any) -> Any:
        """The value with some of its parts replaced, dropped or added."""
        chance = self.random.random()
        if chance < 0.06:
            return self.random.choice(JUNK)
        if isinstance(value, dict):
            kept = {name: self.mutated(item) for name, item in value.items() if self.random.random() > 0.03}
            if chance > 0.96:
                kept[self.random.choice(["x", "spec", "metadata", "status", "managedFields", ""])] = self.random.choice(
                    JUNK
                )
            return kept
        if isinstance(value, list):
            items = [self.mutated(item) for item in value]
            return items * 2 if chance > 0.97 else items
        return value

    def path(self) -> str:
        resource: Resource = self.random.choice(RESOURCES)
        prefix = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
        parts = [prefix]
        if resource.namespaced:
            parts.append(f"namespaces/{self.random.choice(['default', 'oracle', 'none', '%2e%2e', 'A'])}")
        parts.append(resource.plural)
        if self.random.random() < 0.6:
            parts.append(self.random.choice(["x", "p1", "rs1", "svc1", "default", "oracle", "%00", "a:b:c"]))
            if resource.subresources and self.random.random() < 0.4:
                parts.append(self.random.choice([sub.name for sub in resource.subresources]))
        return "/".join(parts)

    def body(self, path: str) -> bytes:
        fitting = [body for body in BODIES if _plural_of(body) in path] or BODIES
        body = self.mutated(self.random.choice(fitting))
        if self.random.random() < 0.1:
            body = [{"op": self.random.choice(["add", "test", "move", "x"]), "path": "/spec/a", "value": body}]
        raw = orjson.dumps(body, default=str) if _dumps(body) else b"{}"
        if self.random.random() < 0.05:
            raw = raw[: self.random.randrange(len(raw) + 1)]
        return raw

    def headers(self) -> dict[str, str]:
        return {"Content-Type": self.random.choice(CONTENT), "Accept": self.random.choice(ACCEPT)}

    def query(self) -> str:
        return "&".join(self.random.sample(QUERIES, self.random.choice([0, 0, 1, 1, 2, 3])))


def _plural_of(body: Object) -> str:
    return str(body["kind"]).lower() + "s"


def _dumps(body: Any) -> bool:
    try:
        orjson.dumps(body)
    except TypeError:
        return False
    return True


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("fuzz") / "state.db") as running:
        for record in RECORDED[:60]:
            request = record["request"]
            if isinstance(request.get("body"), dict):
                running.request(request["method"], request["path"], request["body"])
        yield running


def ask(server: Server, fuzzer: Fuzzer) -> tuple[str, Result]:
    method, path, query = fuzzer.random.choice(METHODS), fuzzer.path(), fuzzer.query()
    headers = fuzzer.headers()
    body = fuzzer.body(path) if method in ("POST", "PUT", "PATCH", "DELETE") else None
    asked = f"{method} {path}?{query} {headers} {body!r}"
    return asked, server.request(method, f"{path}?{query}", body, headers=headers)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_asked_is_answered_without_a_server_error(server: Server, seed: int) -> None:
    fuzzer = Fuzzer(seed)
    wrong = []
    for _ in range(ROUNDS):
        asked, result = ask(server, fuzzer)
        if result.status == 500 and UNFORESEEN.encode() in result.body:
            wrong.append((asked, result.text))
    assert wrong == []
