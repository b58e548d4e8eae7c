"""kubectl config, and the commands that ask no server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubectl.kubectl import Kubectl

covers = pytest.mark.covers


class Config:
    """A kubeconfig of the test's own."""

    def __init__(self, kubectl: Kubectl, path: Path) -> None:
        self._kubectl = kubectl
        self._path = path
        path.write_bytes(kubectl.kubeconfig.read_bytes())

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        return self._kubectl("config", f"--kubeconfig={self._path}", *arguments, code=code)

    def stored(self, kind: str, name: str) -> Any:
        for entry in yaml.safe_load(self._path.read_text())[f"{kind}s"]:
            if entry["name"] == name:
                return entry[kind]
        return None


@pytest.fixture
def config(kubectl: Kubectl, tmp_path: Path) -> Config:
    return Config(kubectl, tmp_path / "config")


@covers("config view", "config view --minify", "config view --raw")
def test_the_configuration_is_shown_without_secrets(config: Config, kubectl: Kubectl) -> None:
    shown = config("view", "-o", "json").json
    assert shown["clusters"][0]["cluster"]["certificate-authority-data"] == "DATA+OMITTED"
    raw = config("view", "--raw", "--minify", "-o", "json").json
    assert raw["clusters"] == yaml.safe_load(kubectl.kubeconfig.read_text())["clusters"]


@covers(
    "config set-context",
    "config use-context",
    "config get-contexts",
    "config current-context",
    "config rename-context",
    "config delete-context",
)
def test_contexts_are_kept(config: Config, kubectl: Kubectl) -> None:
    first = config("current-context").out.strip()
    known = config.stored("context", first)
    flags = [f"--cluster={known['cluster']}", f"--user={known['user']}", "--namespace=other"]
    assert config("set-context", "mine", *flags).out == 'Context "mine" created.\n'
    assert config.stored("context", "mine") == {**known, "namespace": "other"}
    assert config("use-context", "mine").out == 'Switched to context "mine".\n'
    assert config("current-context").out == "mine\n"
    rows = config("get-contexts").rows
    assert rows[0] == ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]
    assert ["*", "mine", known["cluster"], known["user"], "other"] in rows
    assert config("rename-context", "mine", "ours").out == 'Context "mine" renamed to "ours".\n'
    config("delete-context", "ours")
    assert config("get-contexts", "-o", "name").lines == [first]
    assert 'no context exists with the name: "ours"' in config("use-context", "ours", code=1).err


@covers(
    "config set-cluster",
    "config set-credentials",
    "config set",
    "config unset",
    "config get-clusters",
    "config get-users",
    "config delete-cluster",
    "config delete-user",
)
def test_clusters_and_users_are_kept(config: Config, kubectl: Kubectl) -> None:
    assert (
        config("set-cluster", "far", "--server=https://far:1", "--insecure-skip-tls-verify").out
        == 'Cluster "far" set.\n'
    )
    assert config.stored("cluster", "far") == {"server": "https://far:1", "insecure-skip-tls-verify": True}
    assert config("set-credentials", "ann", "--token=t").out == 'User "ann" set.\n'
    config("set", "users.ann.username", "ann")
    assert config.stored("user", "ann") == {"token": "t", "username": "ann"}
    config("unset", "users.ann.token")
    assert config.stored("user", "ann") == {"username": "ann"}
    assert "far" in config("get-clusters").lines and "ann" in config("get-users").lines
    config("delete-cluster", "far")
    config("delete-user", "ann")
    assert config.stored("cluster", "far") is None and config.stored("user", "ann") is None


@covers("version -o json", "version -o yaml", "version --client")
def test_both_versions_are_told(kubectl: Kubectl) -> None:
    told = kubectl("version", "-o", "json").json
    assert told["clientVersion"]["minor"].rstrip("+") == str(kubectl.binary.minor)
    served = kubectl.api.request("GET", "/version").json()
    assert {key: served[key] for key in told["serverVersion"]} == told["serverVersion"]
    assert kubectl("version", "-o", "yaml").yaml == told
    assert "serverVersion" not in kubectl("version", "--client", "-o", "json").json


@covers("completion", "options", "plugin list")
def test_commands_without_a_server(kubectl: Kubectl, tmp_path: Path) -> None:
    assert "complete -o default -F __start_kubectl kubectl" in kubectl("completion", "bash").out
    assert "--request-timeout='0'" in kubectl("options").out
    plugin = tmp_path / "kubectl-hello"
    plugin.write_text("#!/bin/sh\necho hello $1\n")
    plugin.chmod(0o755)
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}
    assert str(plugin) in kubectl("plugin", "list", env=path).out


@covers("cluster-info", "cluster-info dump")
def test_the_cluster_is_described_and_dumped(kubectl: Kubectl, tmp_path: Path) -> None:
    server = yaml.safe_load(kubectl.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    assert server in kubectl("cluster-info").out
    kubectl("create", "service", "clusterip", "web", "--tcp=80")
    flags = [f"--output-directory={tmp_path}", f"--namespaces={kubectl.namespace}"]
    assert kubectl("cluster-info", "dump", *flags).out == f"Cluster info dumped to {tmp_path}\n"
    nodes = yaml.safe_load((tmp_path / "nodes.json").read_text())["items"]
    assert [node["metadata"]["name"] for node in nodes] == ["node-1", "node-2"]
    services = yaml.safe_load((tmp_path / kubectl.namespace / "services.json").read_text())["items"]
    assert [service["spec"] for service in services] == [kubectl.stored("services", "web")["spec"]]
