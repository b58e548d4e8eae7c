"""Sealing and opening: every cipher, rotation, and what cannot be opened."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest

from server.encryption.config import read_encryption
from server.encryption.transformer import Encryption
from storage.errors import StoreSealed
from storage.sealing import PLAIN, NoSealer
from storage.types import Key

KEY = Key("secrets", "default", "db")
CIPHERS = ("aesgcm", "aescbc", "secretbox")


def encryption(*providers: str, resources: str = "secrets") -> Encryption:
    listed = "".join(f"\n  - {provider}" for provider in providers)
    text = (
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
        f"resources:\n- resources: ['{resources}']\n  providers:{listed}\n"
    )
    return Encryption(read_encryption(text.encode()))


def provider(cipher: str, *names: str) -> str:
    """With keys that differ by their names."""
    keys = [f"{{name: {name}, secret: {base64.b64encode(name[0].encode() * 32).decode()}}}" for name in names]
    return f"{cipher}: {{keys: [{', '.join(keys)}]}}"


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("value", [b"", b"{}", b"x" * 15, b"x" * 16, b"x" * 5000])
def test_what_is_sealed_can_be_opened(cipher: str, value: bytes) -> None:
    sealer = encryption(provider(cipher, "one"))
    stored, form = sealer.seal(KEY, value)
    assert stored.startswith(f"k8s:enc:{cipher}:v1:one:".encode())
    assert sealer.open(KEY, stored) == (value, form)
    assert form == sealer.form("secrets") != PLAIN


@pytest.mark.parametrize("cipher", CIPHERS)
def test_the_same_value_is_never_sealed_the_same_way_twice(cipher: str) -> None:
    sealer = encryption(provider(cipher, "one"))
    assert sealer.seal(KEY, b"value").data != sealer.seal(KEY, b"value").data


def test_a_value_cannot_be_moved_to_another_object() -> None:
    sealer = encryption(provider("aesgcm", "one"))
    stored = sealer.seal(KEY, b"value").data
    with pytest.raises(StoreSealed, match="message authentication failed"):
        sealer.open(KEY._replace(name="other"), stored)


@pytest.mark.parametrize("cipher", ["aesgcm", "secretbox"])
def test_a_changed_value_is_not_opened(cipher: str) -> None:
    sealer = encryption(provider(cipher, "one"))
    stored = bytearray(sealer.seal(KEY, b"value").data)
    stored[-1] ^= 1
    with pytest.raises(StoreSealed, match="authentication failed"):
        sealer.open(KEY, bytes(stored))


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_torn_value_is_not_opened(cipher: str) -> None:
    sealer = encryption(provider(cipher, "one"))
    with pytest.raises(StoreSealed, match="shorter than the required size"):
        sealer.open(KEY, f"k8s:enc:{cipher}:v1:one:abc".encode())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["aesgcm one"], ["aesgcm two,one"]),
        (["aesgcm one"], ["aescbc one", "aesgcm one"]),
        (["aesgcm one"], ["identity", "aesgcm one"]),
        (["identity"], ["secretbox one", "identity"]),
        (["aesgcm one"], ["aesgcm two", "aesgcm one"]),
    ],
)
def test_after_a_rotation_old_values_are_read_and_are_stale(before: Sequence[str], after: Sequence[str]) -> None:
    def configured(steps: Sequence[str]) -> Encryption:
        split = [step.partition(" ") for step in steps]
        return encryption(*(provider(c, *k.split(",")) if k else "identity: {}" for c, _, k in split))

    old, new = configured(before), configured(after)
    stored, form = old.seal(KEY, b"value")
    assert new.open(KEY, stored) == (b"value", form)
    assert form != new.form("secrets")
    again = new.seal(KEY, b"value")
    assert again.form == new.form("secrets")


def test_another_key_under_the_same_name_is_another_form() -> None:
    one, other = encryption(provider("aesgcm", "one")), encryption(provider("aesgcm", "one").replace("b29v", "YWFh"))
    assert one.form("secrets") != other.form("secrets")


@pytest.mark.parametrize(
    ("providers", "message"),
    [
        ([provider("aesgcm", "two")], "no matching key was found for the provided AES transformer"),
        ([provider("secretbox", "one")], "no matching prefix found"),
        (["identity: {}"], "no matching prefix found"),
    ],
)
def test_a_value_whose_key_is_gone_says_so(providers: Sequence[str], message: str) -> None:
    stored = encryption(provider("aesgcm", "one")).seal(KEY, b"value").data
    with pytest.raises(StoreSealed) as caught:
        encryption(*providers).open(KEY, stored)
    assert str(caught.value).startswith(f'unable to transform key "/registry/secrets/default/db": {message}')


def test_a_plain_value_is_read_only_with_the_identity_provider() -> None:
    with pytest.raises(StoreSealed, match="no matching prefix found"):
        encryption(provider("aesgcm", "one")).open(KEY, b"{}")
    assert encryption(provider("aesgcm", "one"), "identity: {}").open(KEY, b"{}") == (b"{}", PLAIN)


@pytest.mark.parametrize(
    ("resources", "covered"),
    [
        ("secrets", ("secrets",)),
        ("*.", ("secrets", "pods")),
        ("*.apps", ("deployments.apps",)),
        ("*.*", ("secrets", "pods", "deployments.apps", "pandas.example.com")),
        ("pandas.example.com", ("pandas.example.com",)),
    ],
)
def test_wildcards_cover_a_group_or_everything(resources: str, covered: Sequence[str]) -> None:
    sealer = encryption(provider("aesgcm", "one"), resources=resources)
    every = ("secrets", "pods", "deployments.apps", "pandas.example.com")
    assert [resource for resource in every if sealer.form(resource)] == list(covered)


def test_without_a_configuration_encrypted_values_are_recognised() -> None:
    stored = encryption(provider("aesgcm", "one")).seal(KEY, b"value").data
    with pytest.raises(StoreSealed, match="identity transformer tried to read encrypted data"):
        NoSealer().open(KEY, stored)


def test_a_resource_that_is_no_longer_configured_says_so_too() -> None:
    stored = encryption(provider("aesgcm", "one")).seal(KEY, b"value").data
    with pytest.raises(StoreSealed, match="identity transformer tried to read encrypted data"):
        encryption("identity: {}", resources="pods").open(KEY, stored)
