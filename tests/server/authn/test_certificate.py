from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from apimachinery.clock import FakeClock
from apimachinery.status import Unauthorized
from server.authn.authenticator import Connection, reason
from server.authn.certificate import CertificateAuthenticator
from server.authn.user import CREDENTIAL_ID
from tests.server.authn.certificates import START, client_der
from tests.server.authn.run import ask


def test_common_name_and_organizations_become_name_and_groups() -> None:
    der = client_der("alice", ("dev", "ops"))
    user = ask(CertificateAuthenticator(FakeClock(START)), Connection(der, b""))
    assert user is not None
    assert user.name == "alice"
    assert user.groups == ("dev", "ops", "system:authenticated")
    assert user.extra == {CREDENTIAL_ID: (f"X509SHA256={hashlib.sha256(der).hexdigest()}",)}
    assert user.uid == ""


def test_a_uid_in_the_subject_is_the_users_uid() -> None:
    user = ask(CertificateAuthenticator(FakeClock(START)), Connection(client_der(uids=("u-1",)), b""))
    assert user is not None
    assert user.uid == "u-1"


def test_two_uids_in_the_subject_are_refused() -> None:
    with pytest.raises(Unauthorized):
        ask(CertificateAuthenticator(FakeClock(START)), Connection(client_der(uids=("a", "b")), b""))


def test_a_certificate_that_nobody_vouches_for_is_refused_for_the_reason_given() -> None:
    authenticator = CertificateAuthenticator(FakeClock(START))
    good = Connection(client_der(), b"")
    assert ask(authenticator, good) is not None
    with pytest.raises(Unauthorized) as caught:
        ask(authenticator, good._replace(peer_error="cert has expired"))
    assert reason(caught.value) == "x509: cert has expired"
    assert caught.value.message == "Unauthorized"


def test_without_a_certificate_there_is_no_opinion() -> None:
    assert ask(CertificateAuthenticator(FakeClock(START)), Connection(None, b"")) is None


def test_without_a_common_name_there_is_no_opinion() -> None:
    assert ask(CertificateAuthenticator(FakeClock(START)), Connection(client_der(""), b"")) is None


def test_a_certificate_that_expires_while_the_connection_is_open_stops_working() -> None:
    clock = FakeClock(START)
    authenticator = CertificateAuthenticator(clock)
    connection = Connection(client_der(lifetime=timedelta(hours=1)), b"")
    assert ask(authenticator, connection) is not None
    clock.advance(3601)
    with pytest.raises(Unauthorized):
        ask(authenticator, connection)


def test_a_certificate_of_the_future_is_refused() -> None:
    connection = Connection(client_der(start=START + timedelta(hours=1)), b"")
    with pytest.raises(Unauthorized):
        ask(CertificateAuthenticator(FakeClock(START)), connection)


def test_bytes_that_are_no_certificate_are_refused() -> None:
    with pytest.raises(Unauthorized):
        ask(CertificateAuthenticator(FakeClock(START)), Connection(b"\x30\x03nop", b""))


def test_the_same_certificate_gives_the_same_user_object() -> None:
    authenticator = CertificateAuthenticator(FakeClock(START))
    connection = Connection(client_der(), b"")
    assert ask(authenticator, connection) is ask(authenticator, connection)


def test_the_memory_of_certificates_is_bounded_and_forgets_the_oldest() -> None:
    authenticator = CertificateAuthenticator(FakeClock(START), cache_size=2)
    connections = [Connection(client_der(name), b"") for name in ("a", "b", "c")]
    users = [ask(authenticator, connection) for connection in connections]
    assert ask(authenticator, connections[2]) is users[2]
    again = ask(authenticator, connections[0])
    assert again == users[0]
    assert again is not users[0]
