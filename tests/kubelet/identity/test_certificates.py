from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kubelet.identity.certificates import Certificates
from kubelet.identity.requests import key_pem, new_key, signing_request
from tests.kubelet.identity.signing import Authority

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = timedelta(days=1)


def _saved(folder: Path, authority: Authority, known: str | None = None) -> Certificates:
    certificates = Certificates(folder, authority.pem if known is None else known)
    key = new_key()
    certificates.save("one", authority.sign(signing_request("one", key), NOW, LIFE), key_pem(key))
    return certificates


def test_what_is_saved_is_found_again_for_the_owner_alone(tmp_path: Path) -> None:
    certificates = _saved(tmp_path / "kubelet", Authority(NOW))
    found = certificates.load("one", NOW)
    assert found is not None
    assert found.path == tmp_path / "kubelet" / "kubelet-client-one.pem"
    assert found.path.stat().st_mode & 0o777 == 0o600
    assert found.path.parent.stat().st_mode & 0o777 == 0o700
    assert found.end == NOW + LIFE
    assert [file.name for file in found.path.parent.iterdir()] == [found.path.name]


def test_it_is_renewed_after_seven_to_nine_tenths_of_its_life(tmp_path: Path) -> None:
    certificates = _saved(tmp_path, Authority(NOW))
    begin, life = NOW - timedelta(minutes=5), LIFE + timedelta(minutes=5)
    for _ in range(20):
        found = certificates.load("one", NOW)
        assert found is not None
        assert 0.7 <= (found.renewal - begin) / life <= 0.9


@pytest.mark.parametrize("now", [NOW + LIFE, NOW - timedelta(hours=1)])
def test_it_is_of_no_use_at_another_time(tmp_path: Path, now: datetime) -> None:
    assert _saved(tmp_path, Authority(NOW)).load("one", now) is None


def test_it_is_of_no_use_when_the_authority_has_been_replaced_by_a_namesake(tmp_path: Path) -> None:
    authority = Authority(NOW)
    assert _saved(tmp_path, authority, Authority(NOW).pem).load("one", NOW) is None
    assert _saved(tmp_path, authority, "").load("one", NOW) is not None


def test_other_nodes_and_other_files_are_no_certificates(tmp_path: Path) -> None:
    certificates = _saved(tmp_path, Authority(NOW))
    assert certificates.load("two", NOW) is None
    (tmp_path / "kubelet-client-one.pem").write_bytes(b"nothing")
    assert certificates.load("one", NOW) is None


def test_a_key_of_another_certificate_is_not_used(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path, "")
    certificates.save("one", Authority(NOW).sign(signing_request("one", new_key()), NOW), key_pem(new_key()))
    assert certificates.load("one", NOW) is None
