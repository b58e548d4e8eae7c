"""AdmissionConfiguration: what plugins are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from server.admission.configuration import PluginSettings, read_plugin_settings
from server.configfile import ConfigFileError
from tests.server.authz.people import ADMIN, BySay, ask
from tests.server.harness import Server, pod

SECURITY = {"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration"}
DEFAULTS = {"enforce": "baseline", "audit": "restricted", "audit-version": "v1.30"}
EXEMPT = {"usernames": ["robot"], "namespaces": ["kube-system"], "runtimeClasses": ["sandbox"]}


def write(path: Path, *plugins: dict[str, Any]) -> Path:
    header = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration"}
    path.write_text(yaml.safe_dump({**header, "plugins": list(plugins)}))
    return path


def security(**fields: Any) -> dict[str, Any]:
    return {"name": "PodSecurity", "configuration": {**SECURITY, **fields}}


def test_pod_security_has_defaults_and_exemptions(tmp_path: Path) -> None:
    inside = read_plugin_settings(write(tmp_path / "a", security(defaults=DEFAULTS, exemptions=EXEMPT)))
    assert [str(each) for each in inside.pod_security.defaults] == [
        "baseline:latest",
        "restricted:v1.30",
        "privileged:latest",
    ]
    assert inside.pod_security.namespaces == {"kube-system"}
    (tmp_path / "ps.yaml").write_text(yaml.safe_dump({**SECURITY, "defaults": DEFAULTS, "exemptions": EXEMPT}))
    assert read_plugin_settings(write(tmp_path / "b", {"name": "PodSecurity", "path": "ps.yaml"})) == inside


def test_node_selectors_have_no_kind(tmp_path: Path) -> None:
    selectors = {"clusterDefaultNodeSelector": "a=b", "ns": "c=d"}
    config = {"podNodeSelectorPluginConfig": selectors}
    inside = read_plugin_settings(write(tmp_path / "a", {"name": "PodNodeSelector", "configuration": config}))
    assert inside.node_selectors == selectors
    (tmp_path / "pns.yaml").write_text(yaml.safe_dump(config))
    assert read_plugin_settings(write(tmp_path / "b", {"name": "PodNodeSelector", "path": "pns.yaml"})) == inside


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        ({"name": "LimitRanger"}, 'there is nothing to configure in the plugin "LimitRanger"'),
        (security(defaults={"enforce": "x"}), 'defaults.enforce: Invalid value: "x": must be one of privileged, base'),
        (security(defaults={"warn-version": "1.2"}), 'defaults.warn-version: Invalid value: "1.2": must be "latest"'),
        (security(default={}), 'strict decoding error: unknown field "default"'),
        (security(exemptions={"namespaces": ["A"]}), 'exemptions.namespaces[0]: Invalid value: "A"'),
        (security(exemptions={"usernames": ["a", "a"]}), 'exemptions.usernames[1]: Duplicate value: "a"'),
        (security(exemptions={"usernames": [""]}), "username must not be empty"),
        ({"name": "PodSecurity", "configuration": {"kind": "x"}}, "expected kind PodSecurityConfiguration"),
        ({"name": "PodSecurity", "path": "nowhere"}, "No such file or directory"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, plugin: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigFileError) as caught:
        read_plugin_settings(write(tmp_path / "config", plugin))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def settings(folder: Path) -> PluginSettings:
    exempt = {"usernames": ["robot"], "namespaces": ["free"], "runtimeClasses": ["sandbox"]}
    node_selectors = {"podNodeSelectorPluginConfig": {"clusterDefaultNodeSelector": "disk=ssd", "free": "disk=ssd"}}
    return read_plugin_settings(
        write(
            folder / "config",
            security(defaults={"enforce": "baseline"}, exemptions=exempt),
            {"name": "PodNodeSelector", "configuration": node_selectors},
        )
    )


def test_the_defaults_hold_where_labels_say_nothing_and_the_exempt_are_not_judged(tmp_path: Path) -> None:
    config = {"plugins": settings(tmp_path), "authenticator": BySay()}
    with Server(tmp_path / "state.db", **config) as server:
        for name, labels in (("free", {}), ("own", {"pod-security.kubernetes.io/enforce": "privileged"})):
            ask(server, ADMIN, "POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
        bad = pod("p")
        bad["spec"]["hostNetwork"] = True

        def status(namespace: str, who: str = ADMIN) -> int:
            return ask(server, who, "POST", f"/api/v1/namespaces/{namespace}/pods", bad).status

        assert status("default") == 403
        assert status("free") == status("own") == 201
        assert status("default", "robot;system:masters") == 201


def test_node_selectors_of_the_file_are_used(tmp_path: Path) -> None:
    with Server(tmp_path / "state.db", plugins=settings(tmp_path), enabled_plugins=["PodNodeSelector"]) as server:
        assert server.post("/api/v1/namespaces/default/pods", pod("p")).json["spec"]["nodeSelector"] == {"disk": "ssd"}
        server.post("/api/v1/namespaces", {"metadata": {"name": "free"}})
        body = pod("p")
        body["spec"]["nodeSelector"] = {"zone": "a"}
        refused = server.post("/api/v1/namespaces/free/pods", body)
        assert refused.json["message"] == (
            'pods "p" is forbidden: pod node label selector labels conflict with its namespace whitelist'
        )
