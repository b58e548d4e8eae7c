"""Kubeconfigs for webhooks: whom to ask, whom to believe, and how this server says who it is."""

from __future__ import annotations

import asyncio
import base64
import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.outbound.http import OutboundError, send
from server.outbound.kubeconfig import KubeconfigError, read_remote
from tests.server.http.certificates import Authority
from tests.server.outbound.fake import Answer, serving


def write(path: Path, cluster: Any = None, user: Any = None, **more: Any) -> Path:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1/x", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
        **more,
    }
    path.write_text(yaml.safe_dump(config))
    return path


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ({}, None),
        ({"token": "t"}, "Bearer t"),
        ({"tokenFile": "token"}, "Bearer from-file"),
        ({"username": "a", "password": "b"}, "Basic YTpi"),
    ],
)
def test_the_user_is_how_this_server_says_who_asks(tmp_path: Path, user: dict[str, str], header: str | None) -> None:
    (tmp_path / "token").write_text("from-file\n")
    remote = read_remote(write(tmp_path / "config", user=user))
    assert remote.url == "http://127.0.0.1:1/x"
    assert remote.headers.get("Authorization") == header


@pytest.mark.parametrize("inline", [True, False])
def test_both_sides_show_certificates(tmp_path: Path, inline: bool) -> None:
    authority = Authority(tmp_path / "pki")
    files = authority.server()
    certificate, key = authority.client_files("apiserver")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    if inline:
        cluster = {"certificate-authority-data": encoded(authority.file)}
        user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    else:
        cluster = {"certificate-authority": f"pki/{authority.file.name}"}
        user = {"client-certificate": f"pki/{certificate.name}", "client-key": f"pki/{key.name}"}

    async def scenario() -> None:
        async with serving(lambda _: Answer(200, b"yes"), context) as fake:
            remote = read_remote(write(tmp_path / "config", {"server": fake.url, **cluster}, user))
            assert (await send(remote, "GET")).body == b"yes"
            nobody = read_remote(write(tmp_path / "config", {"server": fake.url, **cluster}))
            with pytest.raises(OutboundError):
                await send(nobody, "GET")

    asyncio.run(scenario())


def test_a_certificate_may_be_for_another_name_or_not_be_looked_at(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    files = authority.server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    async def scenario() -> None:
        async with serving(lambda _: Answer(200, b"yes"), context) as fake:
            trusted = {"server": fake.url, "certificate-authority": str(authority.file)}
            for more, good in (
                ({"tls-server-name": "localhost"}, True),
                ({"tls-server-name": "evil.example.com"}, False),
            ):
                remote = read_remote(write(tmp_path / "config", {**trusted, **more}))
                if good:
                    assert (await send(remote, "GET")).body == b"yes"
                else:
                    with pytest.raises(OutboundError, match="tls: failed to verify certificate: x509: "):
                        await send(remote, "GET")
            blind = read_remote(write(tmp_path / "config", {"server": fake.url, "insecure-skip-tls-verify": True}))
            assert (await send(blind, "GET")).body == b"yes"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"current-context": "y"}, 'there is no context "y"'),
        ({"clusters": []}, 'there is no cluster "c"'),
        ({"clusters": [{"name": "c", "cluster": {}}]}, "server is missing"),
        ({"users": [{"name": "u", "user": {"exec": {}}}]}, "credentials by exec are not supported here"),
        ({"contexts": 7}, "object is not iterable"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, more: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "config", **more)
    with pytest.raises(KubeconfigError) as caught:
        read_remote(path)
    assert str(caught.value).startswith(f"cannot use kubeconfig {path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "a: [b"])
def test_nonsense_is_no_kubeconfig(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(KubeconfigError):
        read_remote(path)
    with pytest.raises(KubeconfigError):
        read_remote(tmp_path / "nowhere")
