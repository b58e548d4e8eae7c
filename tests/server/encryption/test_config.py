"""What an encryption configuration may say, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.encryption.config import EncryptionConfigError, load_encryption, read_encryption

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
KEY = "MDEyMzQ1Njc4OWFiY2RlZg=="


def one(resources: str, providers: str = "[{identity: {}}]") -> str:
    return f"{HEAD}resources:\n- resources: {resources}\n  providers: {providers}\n"


def keys(text: str, cipher: str = "aesgcm") -> str:
    return one("[secrets]", f"[{{{cipher}: {{keys: {text}}}}}]")


def test_resources_are_found_by_their_names() -> None:
    text = one(
        "[secrets, deployments.apps, pandas.example.com]", f"[{{aescbc: {{keys: [{{name: a, secret: {KEY}}}]}}}}]"
    )
    assert list(read_encryption(text.encode())) == ["secrets", "deployments.apps", "pandas.example.com"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "it is not an object"),
        ("kind: Pod", 'got unexpected config type: Pod in version "None"'),
        (HEAD, "resources: Required value: at least one resources is required"),
        (HEAD + "resources: 5", "resources is not what a configuration has there"),
        (HEAD + "resources: [{resource: []}]", 'strict decoding error: unknown field "resources[0].resource"'),
        (HEAD + "kind: EncryptionConfiguration", 'key "kind" already set in map'),
        (one("[]"), "resources[0].resources: Required value: at least one resources[0].resources is required"),
        (one("[secrets]", "[]"), "resources[0].providers: Required value"),
        (one("[Secrets]"), 'resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain'),
        (one("['*']"), "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"),
        (one("[serviceipallocations]"), "resources which do not have REST API/s cannot be encrypted"),
        (one("[events.events.k8s.io]"), "Use 'events' instead in the config file"),
        (one("[pods.extensions]"), "'extensions' group has been removed"),
        (one("['pods.*']"), "encrypting the same resource across groups is not supported"),
        (one("[secrets, secrets]"), "the same resource cannot be specified multiple times"),
        (one("[secrets, '*.']"), "using overlapping resources such as 'secrets' and '*.'"),
        (one("[secrets, '*.*']"), "using overlapping resources"),
        (one("[secrets]", "[{}]"), "provider does not contain any of the expected providers"),
        (one("[secrets]", "[{aesgcn: {}}]"), 'unknown field "resources[0].providers[0].aesgcn"'),
        (one("[secrets]", "[{identity: {}, aesgcm: {}}]"), "more than one provider specified in a single element"),
        (one("[secrets]", "[{kms: {}}]"), "KMS providers are not supported"),
        (keys("[]"), "resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required"),
        (keys("[{secret: x}]"), "keys[0].name: Required value: name is a mandatory field for a key"),
        (keys("[{name: a}]"), "keys[0].secret: Required value: secret is a mandatory field for a key"),
        (keys("[{name: a, secret: '%%'}]"), 'secret: Invalid value: "REDACTED": secrets must be base64 encoded'),
        (keys("[{name: a, secret: YWJj}]"), "got 3, expected one of [16 24 32]"),
        (keys(f"[{{name: a, secret: {KEY}}}]", "secretbox"), "got 16, expected one of [32]"),
        (one("['*.']") + "- resources: [secrets]\n  providers: [{identity: {}}]", 'resource "secrets" is masked by'),
        (one("['*.*']") + "- resources: ['*.*']\n  providers: [{identity: {}}]", 'resource "*.*" is masked by earlier'),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(EncryptionConfigError) as caught:
        read_encryption(text.encode())
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_message_has_a_key_in_it() -> None:
    with pytest.raises(EncryptionConfigError) as caught:
        read_encryption(keys("[{name: a, secret: c2VjcmV0}]").encode())
    assert "c2VjcmV0" not in str(caught.value)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncryptionConfigError) as caught:
        load_encryption(tmp_path / "none.yaml")
    assert f"open {tmp_path}/none.yaml: no such file or directory" in str(caught.value)
