"""Bodies that are bombs: refused quickly, and the server goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.request import MAX_BODY_BYTES
from tests.server.harness import Result, Server

MAPS = "/api/v1/namespaces/default/configmaps"
SECONDS = 3.0
"""More than any of them may take, on a slow machine."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("bodies")
    with Server(folder / "state.db") as running:
        assert running.post(MAPS, {"metadata": {"name": "target"}, "data": {"a": "1"}}).status == 201
        yield running


def send(server: Server, body: bytes, kind: str = "application/json", method: str = "POST", path: str = MAPS) -> Result:
    begun = time.monotonic()
    result = server.request(method, path, body, headers={"Content-Type": kind})
    assert time.monotonic() - begun < SECONDS
    assert server.get("/healthz").status == 200
    return result


def laughs(levels: int, each: int) -> bytes:
    """CVE-2019-11253: aliases of aliases of aliases."""
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata: {name: bomb}", "a0: &a0 ['lol','lol']"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * each)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("levels", [7, 9, 30, 1000])
def test_a_billion_laughs_are_not_laughed(server: Server, levels: int) -> None:
    result = send(server, laughs(levels, 9), "application/yaml")
    assert result.status in (400, 413)
    assert len(result.body) < 10_000


def test_an_alias_that_holds_itself_is_refused(server: Server) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: loop, labels: *m}\n"
    assert send(server, text, "application/yaml").status == 400
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: loop}\ndata: &d\n  a: *d\n"
    assert send(server, text, "application/yaml").status == 400


def test_merged_keys_do_not_multiply(server: Server) -> None:
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata: {name: m}", "a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{n}: &a{n}\n  <<: [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert send(server, "\n".join(lines).encode(), "application/yaml").status in (201, 400, 413)


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("depth", [1_000, 100_000, 400_000])
@pytest.mark.parametrize("kind", ["application/json", "application/yaml"])
def test_deep_nesting_is_refused(server: Server, begin: bytes, end: bytes, depth: int, kind: str) -> None:
    inner = begin * depth + b"1" + end * depth
    for body in (inner, b'{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"deep"},"data":' + inner + b"}"):
        assert send(server, body[:MAX_BODY_BYTES], kind).status in (400, 413)


@pytest.mark.parametrize("depth", [260, 1_000, 20_000, 400_000])
@pytest.mark.parametrize("mode", ["Strict", "Ignore"])
def test_deep_nesting_where_anything_goes_is_refused(server: Server, depth: int, mode: str) -> None:
    inner = b'{"a":' * depth + b"1" + b"}" * depth
    fields = b'{"metadata":{"name":"deep","managedFields":[{"manager":"x","operation":"Update","apiVersion":"v1",'
    body = fields + b'"fieldsType":"FieldsV1","fieldsV1":' + inner + b"}]}}"
    assert send(server, body[:MAX_BODY_BYTES], path=f"{MAPS}?fieldValidation={mode}").status in (400, 413, 422)


def test_deep_blocks_of_yaml_are_refused(server: Server) -> None:
    lines = ["metadata:", "  name: deep", "data:", *(" " * n + "a:" for n in range(1, 400))]
    assert send(server, "\n".join(lines).encode(), "application/yaml").status == 400
    assert send(server, b"a: " + b"- " * 300_000, "application/yaml").status == 400
    assert send(server, b"? " * 300_000, "application/yaml").status == 400


@pytest.mark.parametrize("kind", ["merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"])
def test_deep_patches_are_refused(server: Server, kind: str) -> None:
    path = f"{MAPS}/target?fieldManager=x"
    for depth in (2_000, 200_000):
        body = b'{"apiVersion":"v1","kind":"ConfigMap","data":' + b'{"a":' * depth + b"1" + b"}" * (depth + 1)
        assert send(server, body, f"application/{kind}", "PATCH", path).status in (400, 413, 415, 422, 500)


def test_a_json_patch_does_not_grow_without_end(server: Server) -> None:
    copies: list[Any] = [{"op": "add", "path": "/data/a0", "value": "x" * 1000}]
    copies += [{"op": "copy", "from": "/data", "path": f"/data/n{n}"} for n in range(40)]
    body = orjson.dumps(copies)
    assert send(server, body, "application/json-patch+json", "PATCH", f"{MAPS}/target").status in (400, 413, 422)
    many = orjson.dumps([{"op": "test", "path": "/data/a", "value": "1"}] * 10_001)
    assert send(server, many, "application/json-patch+json", "PATCH", f"{MAPS}/target").status == 413


def test_many_keys_are_read_in_time(server: Server) -> None:
    keys = b",".join(b'"k%d":"v"' % n for n in range(150_000))
    body = b'{"metadata":{"name":"many"},"data":{' + keys + b"}}"
    assert send(server, body[:MAX_BODY_BYTES]).status in (201, 400, 413, 422)
    labels = b'{"metadata":{"name":"labels","labels":{' + keys + b"}}}"
    assert send(server, labels[:MAX_BODY_BYTES]).status in (201, 400, 413, 422)


def test_keys_that_collide_are_no_slower(server: Server) -> None:
    unknown = b",".join(b'"%s":1' % (b"u" * n) for n in range(1, 2_000))
    assert send(server, b'{"metadata":{"name":"u"},' + unknown + b"}").status in (201, 400)


@pytest.mark.parametrize("mode", ["Strict", "Warn", "Ignore"])
def test_of_repeated_keys_all_read_the_same_one(server: Server, mode: str) -> None:
    """What is checked is what is stored."""
    body = b'{"metadata":{"name":"one","name":"two-%s"},"data":{"a":"1","a":"2"}}' % mode.lower().encode()
    result = server.request(
        "POST", f"{MAPS}?fieldValidation={mode}", body, headers={"Content-Type": "application/json"}
    )
    if mode == "Strict":
        assert result.status == 400
        assert "duplicate field" in result.json["message"]
    else:
        assert result.json["metadata"]["name"] == f"two-{mode.lower()}"
        assert result.json["data"] == {"a": "2"}


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 8 * 1024 * 1024])
def test_more_than_three_mebibytes_are_refused(server: Server, size: int) -> None:
    result = send(server, b" " * size)
    assert result.status == 413
    assert result.json["reason"] == "RequestEntityTooLarge"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"null",
        b"1",
        b"\xff\xfe{",
        b'{"metadata":{"name":"\\ud800"}}',
        b'{"metadata":{"name":"x"},"data":{"a":1e999}}',
        b'{"metadata":{"name":"x"},"data":{"a":NaN}}',
        b"k8s\x00" + b"\xff" * 100,
        b"9" * 100_000,
        b'{"metadata":{"name":"x"},"data":{"a":' + b"9" * 100_000 + b"}}",
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"])
def test_nonsense_is_refused(server: Server, body: bytes, kind: str) -> None:
    taken = (201, 409) if kind == "application/yaml" and b'"a":' in body else ()  # what is no number in YAML is text
    assert send(server, body, kind).status in (400, 413, 415, 422, *taken)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!foo bar"])
def test_tags_of_yaml_run_nothing(server: Server, tag: str) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: tag}}\ndata:\n  a: {tag}\n"
    assert send(server, text.encode(), "application/yaml").status == 400


def test_a_json_patch_makes_nothing_deeper_than_a_body_may_be(server: Server) -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": deep}
    patch = [
        {"op": "add", "path": "/data/a", "value": deep},
        {"op": "copy", "from": "/data", "path": f"/data{'/a' * 150}"},
    ]
    body = orjson.dumps(patch)
    assert send(server, body, "application/json-patch+json", "PATCH", f"{MAPS}/target").status == 422
