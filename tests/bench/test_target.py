"""Targets from kubeconfigs as clusters hand them out."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.target import Target, from_kubeconfig


def written(folder: Path, cluster: dict[str, Any], user: dict[str, Any]) -> Path:
    path = folder / "config"
    config = {
        "current-context": "here",
        "contexts": [{"name": "other", "context": {}}, {"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "other", "cluster": {}}, {"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(yaml.safe_dump(config))
    return path


def test_inline_data_and_the_port_of_https(tmp_path: Path) -> None:
    data = base64.b64encode(b"pem").decode()
    cluster = {"server": "https://api.example.org", "certificate-authority-data": data}
    user = {"client-certificate-data": data, "client-key-data": data}
    target = from_kubeconfig(written(tmp_path, cluster, user), pid=7)
    assert target == Target("api.example.org", 443, b"pem", b"pem", b"pem", (), 7)


def test_files_beside_the_kubeconfig_and_a_token(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_bytes(b"authority")
    cluster = {"server": "https://127.0.0.1:6443", "certificate-authority": "ca.crt"}
    target = from_kubeconfig(written(tmp_path, cluster, {"token": "secret"}))
    assert (target.port, target.authority, target.certificate) == (6443, b"authority", b"")
    assert target.headers == (("authorization", "Bearer secret"),)


def test_a_context_of_an_unknown_cluster_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, {"server": "https://127.0.0.1"}, {})
    path.write_text(path.read_text().replace("name: c\n", "name: d\n"))
    with pytest.raises(StopIteration):
        from_kubeconfig(path)


def test_the_cost_of_this_process_is_seen() -> None:
    target = Target("", 0, b"", pid=os.getpid())
    assert 0 < target.cpu() <= sum(os.times()[:2]) + 0.02
    assert 5 < target.memory() < 5000
