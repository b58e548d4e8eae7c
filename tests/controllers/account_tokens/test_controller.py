"""Secrets that ask for a token get one, and go with their account."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apimachinery.objects import Object
from client.resources import SECRETS, SERVICEACCOUNTS
from controllers.account_tokens.controller import build_account_tokens
from controllers.account_tokens.secrets import TYPE
from controllers.account_tokens.signing import KeyFileError, PrivateKey, load_key, sign
from controllers.controller import Controller
from controllers.settings import NO_SETTINGS
from server.authn.jwt import read, verified
from tests.controllers.world import World, said


def written(key: Any, path: Path) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return written(ec.generate_private_key(ec.SECP256R1()), tmp_path / "key")


def account(name: str = "robot", **given: Any) -> Object:
    metadata = {"name": name, "namespace": "ns", "uid": f"uid-{name}"}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, **given}


def secret(name: str = "token", of: str = "robot", uid: str = "", **data: str) -> Object:
    annotations = {"kubernetes.io/service-account.name": of}
    if uid:
        annotations["kubernetes.io/service-account.uid"] = uid
    metadata = {"name": name, "namespace": "ns", "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": TYPE, "data": data}


class Tokens(World):
    def __init__(self) -> None:
        super().__init__()
        self.api.certificate_authority = lambda: "PEM"  # type: ignore[attr-defined]

    def start(self, key_file: Path | None) -> Controller:
        settings = replace(NO_SETTINGS, service_account_key=key_file)
        controller = self.build(build_account_tokens, settings)
        self.settle(controller)
        return controller


def decoded(found: Object, field: str) -> str:
    return base64.b64decode(found["data"][field]).decode()


def test_a_secret_gets_a_token_of_its_account_the_certificates_and_the_namespace(key_file: Path) -> None:
    world = Tokens()
    world.put(SERVICEACCOUNTS, account())
    world.put(SECRETS, secret())
    world.start(key_file)
    found = world.get(SECRETS, "ns/token")
    assert (decoded(found, "ca.crt"), decoded(found, "namespace")) == ("PEM", "ns")
    assert found["metadata"]["annotations"]["kubernetes.io/service-account.uid"] == "uid-robot"
    token = read(decoded(found, "token").encode())
    assert verified(token, [load_key(key_file).public_key()]) == {
        "iss": "kubernetes/serviceaccount",
        "sub": "system:serviceaccount:ns:robot",
        "kubernetes.io/serviceaccount/namespace": "ns",
        "kubernetes.io/serviceaccount/secret.name": "token",
        "kubernetes.io/serviceaccount/service-account.name": "robot",
        "kubernetes.io/serviceaccount/service-account.uid": "uid-robot",
    }
    assert len(world.writes) == 1


def test_a_token_that_is_there_stays_and_what_is_missing_is_added(key_file: Path) -> None:
    world = Tokens()
    world.put(SERVICEACCOUNTS, account())
    world.put(SECRETS, secret(token="b2xk"))
    world.start(key_file)
    found = world.get(SECRETS, "ns/token")
    assert (decoded(found, "token"), decoded(found, "ca.crt")) == ("old", "PEM")


def test_a_secret_of_no_account_goes(key_file: Path) -> None:
    world = Tokens()
    world.put(SERVICEACCOUNTS, account())
    world.put(SECRETS, secret("a", "nobody"), secret("b", uid="of an earlier one"))
    world.start(key_file)
    assert world.all(SECRETS) == []


def test_a_secret_goes_with_its_account(key_file: Path) -> None:
    world = Tokens()
    world.put(SERVICEACCOUNTS, account())
    world.put(SECRETS, secret())
    controller = world.start(key_file)
    world.api.remove(SERVICEACCOUNTS, world.get(SERVICEACCOUNTS, "ns/robot"))
    world.settle(controller)
    assert world.all(SECRETS) == []


def test_an_account_the_cache_has_not_heard_of_yet_is_asked_for(key_file: Path) -> None:
    world = Tokens()
    world.put(SECRETS, secret())
    world.api.store(SERVICEACCOUNTS, account())
    controller = world.build(build_account_tokens, replace(NO_SETTINGS, service_account_key=key_file))
    world.sync(controller, "ns/token")
    assert said(world.writes) == ["update secrets token"]


def test_an_account_no_longer_names_a_secret_that_is_gone(key_file: Path) -> None:
    world = Tokens()
    world.put(SERVICEACCOUNTS, account(secrets=[{"name": "token"}, {"name": "other"}]))
    world.put(SECRETS, secret())
    controller = world.start(key_file)
    world.api.remove(SECRETS, world.get(SECRETS, "ns/token"))
    world.settle(controller)
    assert world.get(SERVICEACCOUNTS, "ns/robot")["secrets"] == [{"name": "other"}]


def test_without_a_key_nothing_is_done() -> None:
    assert Tokens().start(None).loops == ()


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
    ],
    ids=["RS256", "ES384", "ES512"],
)
def test_every_sort_of_key_signs_so_that_the_server_believes_it(key: PrivateKey) -> None:
    assert verified(read(sign({"a": 1}, key).encode()), [key.public_key()]) == {"a": 1}


def test_a_key_that_cannot_sign_is_refused_in_one_line(tmp_path: Path) -> None:
    for path in (written(ed25519.Ed25519PrivateKey.generate(), tmp_path / "ed"), tmp_path / "none"):
        with pytest.raises(KeyFileError) as raised:
            load_key(path)
        assert "\n" not in str(raised.value)
