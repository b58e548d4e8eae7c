from __future__ import annotations

import csv
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kubejazz import pki
from kubejazz.credentials import Credentials, serving_names
from kubejazz.datadir import DataDir
from kubejazz.identities import ADMIN, COMPONENTS, SCHEDULER, Identity
from kubejazz.pki import Credential, PKIError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("localhost", "127.0.0.1")


def made(folder: Path, now: datetime = NOW, names: tuple[str, ...] = NAMES) -> DataDir:
    directory = DataDir(folder)
    directory.create()
    Credentials(directory, lambda: now).ensure(names, COMPONENTS)
    return directory


def contents(directory: DataDir) -> dict[str, bytes]:
    files = [*directory.pki.iterdir(), directory.tokens]
    return {file.name: file.read_bytes() for file in files}


def test_everything_is_made_at_the_first_start_and_for_the_owner_alone(tmp_path: Path) -> None:
    directory = made(tmp_path / "data")
    stems = {"ca", "apiserver", "admin", "controller-manager", "scheduler", "front-proxy-ca", "front-proxy-client"}
    assert set(contents(directory)) == {
        "tokens.csv",
        "sa.key",
        "sa.pub",
        *(f"{stem}{suffix}" for stem in stems for suffix in (".crt", ".key")),
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in directory.pki.iterdir()} == {0o600}
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_the_next_start_finds_it_all_again(tmp_path: Path) -> None:
    before = contents(made(tmp_path))
    assert contents(made(tmp_path, NOW + timedelta(days=100))) == before


def test_what_is_about_to_expire_is_renewed_and_the_authority_stays(tmp_path: Path) -> None:
    before = contents(made(tmp_path))
    later = NOW + timedelta(days=350)
    directory = made(tmp_path, later)
    after = contents(directory)
    assert after["ca.crt"] == before["ca.crt"]
    assert after["sa.key"] == before["sa.key"]
    for stem in ("apiserver", "admin", "scheduler"):
        assert after[f"{stem}.crt"] != before[f"{stem}.crt"]
        assert not Credential.from_pem(after[f"{stem}.crt"], after[f"{stem}.key"]).expires_soon(later)


def test_a_new_authority_means_new_certificates(tmp_path: Path) -> None:
    before = contents(made(tmp_path))
    (tmp_path / "pki" / "ca.crt").unlink()
    after = contents(made(tmp_path))
    assert after["ca.crt"] != before["ca.crt"]
    authority = Credential.from_pem(after["ca.crt"], after["ca.key"])
    for stem in ("apiserver", "admin"):
        assert Credential.from_pem(after[f"{stem}.crt"], after[f"{stem}.key"]).issued_by(authority)


def test_a_further_name_renews_the_serving_certificate_alone(tmp_path: Path) -> None:
    before = contents(made(tmp_path))
    after = contents(made(tmp_path, names=(*NAMES, "jazz.example")))
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"apiserver.crt", "apiserver.key"}
    names = pki.names_of(Credential.from_pem(after["apiserver.crt"], after["apiserver.key"]).certificate)
    assert names == {*NAMES, "jazz.example"}


def test_a_crash_between_key_and_certificate_is_mended(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "pki" / "admin.key").write_bytes(pki.private_key_pem(pki.new_private_key()))
    after = contents(made(tmp_path))
    Credential.from_pem(after["admin.crt"], after["admin.key"])


@pytest.mark.parametrize("name", ["ca.crt", "ca.key", "apiserver.crt", "admin.key", "sa.key"])
def test_an_unreadable_file_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    made(tmp_path)
    (tmp_path / "pki" / name).write_text("nonsense\nmore")
    with pytest.raises(PKIError) as caught:
        made(tmp_path)
    assert str(tmp_path / "pki") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_identity_has_a_token_and_lines_of_others_stay(tmp_path: Path) -> None:
    directory = made(tmp_path)
    with directory.tokens.open("a") as file:
        file.write("mine,alice,u-1")
    Credentials(directory, lambda: NOW).ensure(NAMES, (*COMPONENTS, Identity("robot", "robot", ("machines",))))
    with directory.tokens.open(newline="") as file:
        records = list(csv.reader(file))
    assert [record[1:] for record in records] == [
        [ADMIN.name, "", "system:masters"],
        ["system:kube-controller-manager", "", ""],
        [SCHEDULER.name, "", ""],
        ["alice", "u-1"],
        ["robot", "", "machines"],
    ]
    tokens = [record[0] for record in records]
    assert len(set(tokens)) == 5
    assert min(len(token) for token in tokens if token != "mine") >= 40


def test_the_bootstrap_token_is_of_upstreams_form_and_stays(tmp_path: Path) -> None:
    directory = made(tmp_path)
    token = Credentials(directory, lambda: NOW).bootstrap_token()
    assert re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", token)
    assert Credentials(directory, lambda: NOW).bootstrap_token() == token
    assert directory.pki.joinpath("bootstrap-token").stat().st_mode & 0o777 == 0o600


def test_the_serving_certificate_is_for_every_name_of_the_service_and_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "box")
    names = serving_names(["jazz.example", "localhost"])
    assert len(names) == len(set(names))
    assert set(names) == {
        "localhost",
        "127.0.0.1",
        "::1",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "10.96.0.1",
        "box",
        "jazz.example",
    }
