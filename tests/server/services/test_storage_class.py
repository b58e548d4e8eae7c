"""The storage class that a server is told to have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.server.harness import Server

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def storage_class(name: str) -> dict[str, Any]:
    metadata = {"name": name, "annotations": {DEFAULT: "true"}}
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata, "provisioner": "x.io/y"}


def test_it_is_the_default_one_and_comes_back_when_it_was_deleted(tmp_path: Path) -> None:
    with Server(tmp_path / "db", host_path_class="standard") as server:
        found = server.get(f"{CLASSES}/standard").json
        assert found["metadata"]["annotations"] == {DEFAULT: "true"}
        assert (found["provisioner"], found["volumeBindingMode"]) == ("kubejazz.io/host-path", "WaitForFirstConsumer")
        server.delete(f"{CLASSES}/standard")
        server.restart()
        assert server.get(f"{CLASSES}/standard").status == 200


def test_there_is_no_second_default_class(tmp_path: Path) -> None:
    with Server(tmp_path / "db", host_path_class="standard") as server:
        server.delete(f"{CLASSES}/standard")
        server.post(CLASSES, storage_class("mine"))
        server.restart()
        assert DEFAULT not in (server.get(f"{CLASSES}/standard").json["metadata"].get("annotations") or {})


def test_without_being_told_a_server_has_none(tmp_path: Path) -> None:
    with Server(tmp_path / "db") as server:
        assert server.get(CLASSES).json["items"] == []
