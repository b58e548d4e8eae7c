"""kubectl kustomize and -k."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.kubectl.kubectl import Kubectl
from tests.kubectl.objects import PAUSE, deployment

covers = pytest.mark.covers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = deployment("web", 0)
    source = {"name": "settings", "configMap": {"name": "settings"}}
    made["spec"]["template"]["spec"]["volumes"] = [source]
    (tmp_path / "web.yaml").write_text(yaml.safe_dump(made))
    overlay = {
        "namePrefix": "dev-",
        "resources": ["web.yaml"],
        "commonAnnotations": {"tier": "x"},
        "images": [{"name": PAUSE.partition(":")[0], "newTag": "edge"}],
        "configMapGenerator": [{"name": "settings", "literals": ["a=1"]}],
        "secretGenerator": [{"name": "pass", "literals": ["p=q"]}],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    return tmp_path


@covers("kustomize")
def test_kustomize_builds(kubectl: Kubectl, folder: Path) -> None:
    built = {item["kind"]: item for item in yaml.safe_load_all(kubectl("kustomize", str(folder)).out)}
    assert built["ConfigMap"]["metadata"]["name"].startswith("dev-settings-")
    assert built["Secret"]["data"] == {"p": "cQ=="}
    assert built["Deployment"]["metadata"]["name"] == "dev-web"


@covers("apply -k", "get -k", "diff -k", "delete -k")
def test_a_kustomization_is_applied_and_deleted(kubectl: Kubectl, folder: Path) -> None:
    assert "+  name: dev-web" in kubectl("diff", "-k", str(folder), code=1).out
    lines = kubectl("apply", "-k", str(folder)).lines
    assert len(lines) == 3 and all(line.endswith(" created") for line in lines)
    stored = kubectl.stored("deployments.apps", "dev-web")
    assert stored["metadata"]["annotations"]["tier"] == "x"
    spec = stored["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"] == PAUSE.partition(":")[0] + ":edge"
    settings = spec["volumes"][0]["configMap"]["name"]
    assert kubectl.stored("configmaps", settings)["data"] == {"a": "1"}
    assert all(line.endswith(" unchanged") for line in kubectl("apply", "-k", str(folder)).lines)
    assert len(kubectl("get", "-k", str(folder), "-o", "name").lines) == 3
    kubectl("delete", "-k", str(folder))
    assert kubectl.find("configmaps", settings) is None
