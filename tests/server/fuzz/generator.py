"""Makes random requests out of what upstream takes, with pieces replaced: the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from openapi.resources import RESOURCES, Resource
from tests.server.fuzz.pools import ACCEPTS, BODIES, JUNK, MEDIA, OPTIONS, PATHS, VALUES

_METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "PUT",
    "PUT",
    "PATCH",
    "PATCH",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "FOO",
)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PATCHES = ("json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
_DIRECTIVES = ("$patch", "$retainKeys", "$deleteFromPrimitiveList/", "$setElementOrder/")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes over the wire."""

    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def __str__(self) -> str:
        target = self.path[:300] + (b"?" + self.query[:300] if self.query else b"")
        return f"{self.method} {target!r} {dict(self.headers)!r} {self.body[:400]!r}"


class Generator:
    """``objects`` are live ones, each with its path; ``protobuf`` are the bodies of some of them."""

    def __init__(self, seed: int, objects: Mapping[str, Any], protobuf: Mapping[str, bytes]) -> None:
        self.random = random.Random(seed)
        self._objects = objects
        self._paths = sorted(objects)
        self._protobuf = protobuf

    def request(self) -> Asked:
        return self.random.choice((self._plain, self._plain, self._write, self._write, self._patch, self._patch))()

    # -- values --------------------------------------------------------------------------------------------------------

    def mutated(self, value: Any, rate: float = 0.05) -> Any:
        """The value with some of its parts replaced, dropped or repeated."""
        chance = self.random.random()
        if chance < rate:
            return self.random.choice(JUNK)
        if isinstance(value, dict):
            kept = {name: self.mutated(item, rate) for name, item in value.items() if self.random.random() > rate / 2}
            if chance > 1 - rate / 2:
                kept[self.random.choice(["x", "spec", "metadata", "status", "managedFields", ""])] = self._junk()
            return kept
        if isinstance(value, list):
            items = [self.mutated(item, rate) for item in value]
            return items * 2 if chance > 1 - rate / 2 else items
        return value

    def _junk(self) -> Any:
        return self.random.choice(JUNK)

    def _one(self) -> tuple[str, Any]:
        path = self.random.choice(self._paths)
        return path, self._objects[path]

    def _pointer(self, value: Any) -> list[str]:
        """The way to some part of the value."""
        steps = []
        while isinstance(value, dict | list) and value and self.random.random() < 0.85:
            if isinstance(value, dict):
                step = self.random.choice(sorted(value))
                value = value[step]
            else:
                index = self.random.randrange(len(value))
                step, value = str(index), value[index]
            steps.append(step)
        return steps

    def _broken(self, raw: bytes) -> bytes:
        """Bytes with some of them cut, repeated or changed."""
        if not raw:
            return raw
        position = self.random.randrange(len(raw))
        match self.random.randrange(4):
            case 0:
                return raw[:position]
            case 1:
                return raw[:position] + bytes([self.random.randrange(256)]) + raw[position + 1 :]
            case 2:
                return (
                    raw[:position]
                    + self.random.choice((b"\x00", b"\xff\xff\xff\xff\xff", b'"', b"{[", b"\xc3\x28"))
                    + raw[position:]
                )
            case _:
                return raw[:position] + raw[position // 2 :]

    # -- parts of requests ---------------------------------------------------------------------------------------------

    def _path(self) -> bytes:
        chance = self.random.random()
        if chance < 0.3:
            return self.random.choice(PATHS)
        if chance < 0.6:
            return self._with_subresource(self.random.choice(self._paths)).encode()
        return self._path_of(self.random.choice(RESOURCES)).encode()

    def _path_of(self, resource: Resource) -> str:
        prefix = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
        parts = [prefix]
        if self.random.random() < 0.05:
            parts.append("watch")
        if resource.namespaced and self.random.random() < 0.8:
            parts.append(f"namespaces/{self.random.choice(['default', 'default', 'none', 'A', '%2e%2e'])}")
        parts.append(resource.plural)
        if self.random.random() < 0.5:
            parts.append(self.random.choice(["x", "a%00", "a:b:c", "http:a:80", "%F0%9F%98%80", "a%0Ab"]))
            if resource.subresources and self.random.random() < 0.6:
                parts.append(self.random.choice(resource.subresources).name)
        return "/".join(parts) + self.random.choice(["", "", "", "", "/"])

    def _with_subresource(self, path: str) -> str:
        plural = path.split("/")[-2]
        names = [sub.name for resource in RESOURCES if resource.plural == plural for sub in resource.subresources]
        return f"{path}/{self.random.choice(names)}" if names and self.random.random() < 0.4 else path

    def _query(self, most: int = 4) -> bytes:
        chosen = self.random.sample(OPTIONS, self.random.randrange(most))
        return "&".join(f"{name}={self.random.choice(VALUES)}" for name in chosen).encode()

    def _headers(self, content_type: bytes | None = None) -> tuple[tuple[bytes, bytes], ...]:
        pairs = [(b"accept", self.random.choice(ACCEPTS))] if self.random.random() < 0.6 else []
        if content_type is None and self.random.random() < 0.7:
            content_type = self.random.choice(MEDIA)
        if content_type is not None:
            pairs.append((b"content-type", content_type))
        if self.random.random() < 0.1:
            name = self.random.choice(
                (b"accept-encoding", b"user-agent", b"audit-id", b"if-none-match", b"origin", b"upgrade")
            )
            pairs.append(
                (name, self.random.choice((b"gzip", b"gzip;q=0", b"\xff\x80", b'"', b"*", b"a" * 900, b"curl/1")))
            )
        return tuple(pairs)

    # -- requests ------------------------------------------------------------------------------------------------------

    def _plain(self) -> Asked:
        method = self.random.choice(_METHODS)
        body = self.random.choice(BODIES) if method in _WITH_BODY else b""
        return Asked(method, self._path(), self._query(), self._headers(), body)

    def _write(self) -> Asked:
        """A create or an update of something that is nearly right."""
        path, obj = self._one()
        if path in self._protobuf and self.random.random() < 0.3:
            body, media = self._broken(self._protobuf[path]), b"application/vnd.kubernetes.protobuf"
        else:
            body = orjson.dumps(self.mutated(obj))
            body = self._broken(body) if self.random.random() < 0.1 else body
            media = self.random.choice((b"application/json", b"application/yaml"))
        method = self.random.choice(("POST", "PUT", "PUT"))
        target = path.rsplit("/", 1)[0] if method == "POST" else self._with_subresource(path)
        return Asked(method, target.encode(), self._query(2), self._headers(media), body)

    def _patch(self) -> Asked:
        path, obj = self._one()
        kind = self.random.choice(_PATCHES)
        body = orjson.dumps(getattr(self, f"_{kind.split('-')[0]}_patch")(obj))
        if self.random.random() < 0.05:
            body = self._broken(body)
        query = self._query(2)
        if kind.startswith("apply"):
            query += b"&fieldManager=" + self.random.choice((b"a", b"b")) + self.random.choice((b"", b"&force=true"))
        return Asked(
            "PATCH", self._with_subresource(path).encode(), query, self._headers(f"application/{kind}".encode()), body
        )

    def _json_patch(self, obj: Any) -> list[Any]:
        operations = []
        for _ in range(self.random.randrange(1, 5)):
            steps = self._pointer(obj)
            if self.random.random() < 0.2:
                steps = [*steps[:-1], self.random.choice(["-", "x", "-1", "00", "~", "9" * 30, "", "1e3"])]
            pointer = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)
            operation: Any = {
                "op": self.random.choice(["add", "remove", "replace", "move", "copy", "test", "x"]),
                "path": pointer,
            }
            operation |= {"value": self._junk(), "from": "".join(f"/{step}" for step in self._pointer(obj))}
            operations.append(self.mutated(operation, 0.02))
        return operations

    def _merge_patch(self, obj: Any) -> Any:
        return self.mutated(self._excerpt(obj), 0.1)

    def _strategic_patch(self, obj: Any) -> Any:
        return self._directed(self.mutated(self._excerpt(obj), 0.05))

    def _apply_patch(self, obj: Any) -> Any:
        config = self._excerpt(obj)
        config["metadata"] = {"name": obj["metadata"]["name"], "labels": {"a": self._junk()}}
        return self.mutated({"apiVersion": obj["apiVersion"], "kind": obj["kind"], **config}, 0.04)

    def _excerpt(self, value: Any) -> Any:
        """Some of the fields of the value, deep down as well."""
        if isinstance(value, dict):
            return {name: self._excerpt(item) for name, item in value.items() if self.random.random() < 0.6}
        if isinstance(value, list):
            return [self._excerpt(item) for item in value]
        return value

    def _directed(self, value: Any) -> Any:
        """The patch with directives here and there, in and out of place."""
        if isinstance(value, list):
            items = [self._directed(item) for item in value]
            if self.random.random() < 0.2:
                items.append({"$patch": self.random.choice(["replace", "delete", "merge", "x", 1, None])})
            return items
        if not isinstance(value, dict):
            return value
        patch = {name: self._directed(item) for name, item in value.items()}
        if self.random.random() < 0.3:
            directive = self.random.choice(_DIRECTIVES)
            if directive.endswith("/"):
                directive += self.random.choice([*sorted(value), "x"])
            patch[directive] = self.random.choice(
                (["a"], sorted(value), "delete", "replace", "merge", [{"name": "a"}], self._junk())
            )
        return patch
