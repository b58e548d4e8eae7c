"""The config maps and secrets whose values a pod's volumes show as files: without them it does not start.

Source: pkg/volume/configmap, pkg/volume/secret, pkg/volume/projected (MakePayload, collectData); their wording.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from apimachinery.objects import Object

CONFIG_MAP = "configmap"
SECRET = "secret"
_PUBLISHED = "kube-root-ca.crt"
"""Is in every namespace and in nearly every pod: not worth a question each."""


class Files(NamedTuple):
    """What one volume shows of one object; ``keys``: those it names, which must be there."""

    volume: str
    kind: str
    name: str
    keys: tuple[str, ...]


def files_of(pod: Object) -> list[Files]:
    """Those that are not optional."""
    return [files for volume in pod["spec"].get("volumes") or () for files in _of(volume)]


def missing_key(files: Files, found: Object) -> str:
    """Why what was found cannot be shown, "" if it can."""
    there = {**(found.get("data") or {}), **(found.get("binaryData") or {})}
    key = next((key for key in files.keys if key not in there), None)
    if key is None:
        return ""
    if files.kind == CONFIG_MAP:
        return f"configmap references non-existent config key: {key}"
    return f"references non-existent secret key: {key}"


def _of(volume: dict[str, Any]) -> Iterator[Files]:
    name = volume["name"]
    if source := volume.get("configMap"):
        yield from _files(name, CONFIG_MAP, source, "name")
    if source := volume.get("secret"):
        yield from _files(name, SECRET, source, "secretName")
    for part in (volume.get("projected") or {}).get("sources") or ():
        if source := part.get("configMap"):
            yield from _files(name, CONFIG_MAP, source, "name")
        if source := part.get("secret"):
            yield from _files(name, SECRET, source, "name")


def _files(volume: str, kind: str, source: dict[str, Any], naming: str) -> Iterator[Files]:
    name = source.get(naming) or ""
    if name and name != _PUBLISHED and not source.get("optional"):
        yield Files(volume, kind, name, tuple(item["key"] for item in source.get("items") or ()))
