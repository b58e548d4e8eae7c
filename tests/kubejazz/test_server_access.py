"""From options to authenticators and authorizers."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from apimachinery.clock import FakeClock
from kubejazz.errors import UserError
from kubejazz.server_access import authentication, authorization, token_config
from kubejazz.server_flags import add_server_flags, server_arguments, server_values
from server.authn.authenticator import Authenticator, Connection
from server.authn.jwk import key_id
from server.authn.service_account import ISSUER, TokenConfig
from server.configfile import ConfigFileError
from tests.server.authn.oidc.provider import RSA_KEY, URL, KeyFile, claims, token
from tests.server.authz.test_config import kubeconfig

KEY = ec.generate_private_key(ec.SECP256R1())


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_server_flags(parser)
    return parser.parse_args(arguments)


def values(*arguments: str) -> dict[str, Any]:
    return server_values(parsed(*arguments))


def write_key(path: Path, key: Any, *, public: bool = False) -> Path:
    pem = serialization.Encoding.PEM
    if public:
        path.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    else:
        form = serialization.PrivateFormat.TraditionalOpenSSL
        path.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    return path


def static(folder: Path) -> Path:
    path = folder / "tokens.csv"
    path.write_text("t,somebody,\n")
    return path


def known(folder: Path, *arguments: str, modes: tuple[str, ...] = ("RBAC",)) -> Any:
    flags = values(*arguments)
    return authentication(flags, static(folder), token_config(flags, KEY), modes, FakeClock())


def test_repeated_options_add_up_and_are_passed_on() -> None:
    given = (
        "--service-account-issuer=https://a",
        "--service-account-issuer=https://b",
        "--oidc-required-claim=a=b,c=d",
    )
    options = parsed(*given)
    assert server_values(options)["service_account_issuer"] == ("https://a", "https://b")
    assert server_values(options)["oidc_required_claim"] == {"a": "b,c=d"}
    again = server_values(parsed(*server_arguments(options)))
    assert again == server_values(options)


@pytest.mark.parametrize(
    "argument",
    [
        "--oidc-signing-algs=HS256",
        "--oidc-signing-algs=none",
        "--oidc-required-claim=x",
        "--service-account-max-token-expiration=59m",
        "--authentication-token-webhook-cache-ttl=soon",
        "--authentication-token-webhook-version=v2",
        "--anonymous-auth=maybe",
    ],
)
def test_what_makes_no_sense_is_refused(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(argument)
    assert argument.partition("=")[0] in capsys.readouterr().err


def test_tokens_by_default_are_signed_by_the_key_of_the_data_directory() -> None:
    assert token_config(values(), KEY) == TokenConfig(key=KEY)
    assert TokenConfig(key=KEY).audiences == (ISSUER,)


def test_another_key_may_sign_and_the_old_ones_are_still_taken(tmp_path: Path) -> None:
    new, old = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())
    config = token_config(
        values(
            f"--service-account-signing-key-file={write_key(tmp_path / 'new', new)}",
            f"--service-account-key-file={write_key(tmp_path / 'old', old, public=True)}",
            f"--service-account-key-file={write_key(tmp_path / 'new2', new)}",
            "--service-account-issuer=https://a",
            "--service-account-max-token-expiration=2h",
            "--service-account-extend-token-expiration=false",
            "--api-audiences=x,y",
        ),
        KEY,
    )
    assert config.key.private_numbers() == new.private_numbers()
    verifying = {key_id(key) for key in config.verifying}
    assert verifying == {key_id(each.public_key()) for each in (old, new, KEY)}
    assert (config.issuers, config.audiences, config.longest, config.extend) == (
        ("https://a",),
        ("x", "y"),
        7200,
        False,
    )


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----"]
)
def test_a_key_file_without_a_key_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    for option in ("signing-key-file", "key-file"):
        with pytest.raises(ConfigFileError) as caught:
            token_config(values(f"--service-account-{option}={path}"), KEY)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def user_of(authenticator: Authenticator | None, path: str = "/api") -> str:
    if authenticator is None:
        return ""
    user = asyncio.run(authenticator.authenticate(Connection(None, b"", path)))
    return user.name if user else ""


def test_who_comes_without_a_credential(tmp_path: Path) -> None:
    assert user_of(known(tmp_path).anonymous) == "system:anonymous"
    assert user_of(known(tmp_path, "--anonymous-auth=false").anonymous) == ""
    everybody = known(tmp_path, modes=("AlwaysAllow",)).anonymous
    assert user_of(everybody) == ""
    assert user_of(everybody, "/healthz") == "system:anonymous"


def names(known_tokens: Any, text: str) -> list[str]:
    async def ask() -> list[str]:
        found = [await one.identify(text.encode(), (ISSUER,), None) for one in known_tokens.tokens]
        return [each.user.name for each in found if each]

    return asyncio.run(ask())


def test_a_provider_is_named_by_options(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys", RSA_KEY)
    options = (f"--oidc-issuer-url={URL}", "--oidc-client-id=kubernetes", f"--oidc-jwks-file={keys.path}")
    assert names(known(tmp_path, *options), token(claims())) == [f"{URL}#jane"]
    assert names(known(tmp_path, *options), "t") == ["somebody"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--oidc-issuer-url=https://a",), "--oidc-issuer-url and --oidc-client-id must be given together"),
        (
            ("--oidc-issuer-url=https://a", "--oidc-client-id=b", "--oidc-ca-file=/nowhere"),
            "cannot use the OpenID Connect provider: [Errno 2] No such file or directory: '/nowhere'",
        ),
        (
            ("--oidc-issuer-url=https://a", "--authentication-config=/nowhere"),
            "--authentication-config and --oidc-issuer-url cannot both be given",
        ),
        (
            ("--authentication-token-webhook-config-file=/nowhere",),
            "cannot use kubeconfig /nowhere: [Errno 2] No such file or directory: '/nowhere'",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError) as caught:
        known(tmp_path, *arguments)
    assert str(caught.value) == message


def test_a_webhook_decides_in_the_mode_of_its_name(tmp_path: Path) -> None:
    options = (
        f"--authorization-webhook-config-file={kubeconfig(tmp_path)}",
        "--authorization-webhook-cache-authorized-ttl=1m",
    )
    made = authorization(values(*options), ("RBAC", "Webhook"))
    assert made.webhook is not None
    assert made.webhook.config.allowed_ttl == 60
    for arguments, modes in (((), ("Webhook",)), (options, ("RBAC",))):
        with pytest.raises(UserError, match="go together"):
            authorization(values(*arguments), modes)
