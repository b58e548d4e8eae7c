from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubejazz import kubeconfig
from kubejazz.kubeconfig import Access, KubeconfigError

ACCESS = Access("https://127.0.0.1:6443", b"CA", "admin", b"CERT", b"KEY")
THEIRS = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "prod", "cluster": {"server": "https://prod"}}],
    "users": [{"name": "me", "user": {"token": "t"}}],
    "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "me", "namespace": "x"}}],
    "current-context": "prod",
    "extensions": [{"name": "theirs"}],
}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_a_new_file_holds_our_context_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config"
    kubeconfig.write(path, ACCESS)
    config = read(path)
    assert config["current-context"] == "kubejazz"
    assert config["contexts"] == [{"name": "kubejazz", "context": {"cluster": "kubejazz", "user": "kubejazz-admin"}}]
    assert config["clusters"][0]["cluster"] == {
        "server": "https://127.0.0.1:6443",
        "certificate-authority-data": "Q0E=",
    }
    assert config["users"][0]["user"] == {"client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_entries_of_others_are_kept_and_ours_becomes_current(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(THEIRS))
    kubeconfig.write(path, ACCESS)
    config = read(path)
    assert config["current-context"] == "kubejazz"
    assert config["extensions"] == THEIRS["extensions"]
    for section in ("clusters", "users", "contexts"):
        assert config[section][0] == THEIRS[section][0]
        assert len(config[section]) == 2


def test_our_entries_are_replaced_not_repeated_and_the_namespace_stays(tmp_path: Path) -> None:
    path = tmp_path / "config"
    kubeconfig.write(path, ACCESS)
    config = read(path)
    config["contexts"][0]["context"]["namespace"] = "work"
    path.write_text(yaml.safe_dump(config))
    kubeconfig.write(path, Access("https://127.0.0.1:7000", b"CA2", "admin", b"C2", b"K2"))
    config = read(path)
    assert [len(config[section]) for section in ("clusters", "users", "contexts")] == [1, 1, 1]
    assert config["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:7000"
    assert config["contexts"][0]["context"]["namespace"] == "work"


def test_an_unchanged_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config"
    kubeconfig.write(path, ACCESS)
    before = path.stat()
    kubeconfig.write(path, ACCESS)
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("content", ["", "clusters: null\nusers: null\ncontexts: null\n"])
def test_an_empty_config_is_filled(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    kubeconfig.write(path, ACCESS)
    assert len(read(path)["clusters"]) == 1


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text(yaml.safe_dump(THEIRS))
    link.symlink_to(target)
    kubeconfig.write(link, ACCESS)
    assert link.is_symlink()
    assert read(target)["current-context"] == "kubejazz"


@pytest.mark.parametrize("content", ["- a\n- b\n", "a: [unclosed", "text"])
def test_a_file_that_is_no_kubeconfig_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(KubeconfigError) as caught:
        kubeconfig.write(path, ACCESS)
    assert path.read_text() == content
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_another_program_holds_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfig, "LOCK_PATIENCE", 0.0)
    path = tmp_path / "config"
    lock = tmp_path / "config.lock"
    lock.touch()
    with pytest.raises(KubeconfigError, match=r"config\.lock"):
        kubeconfig.write(path, ACCESS)
    assert not path.exists()
    lock.unlink()
    kubeconfig.write(path, ACCESS)
    assert not lock.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KubeconfigError, match="file"):
        kubeconfig.write(tmp_path / "file" / "config", ACCESS)
