import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client.configuration import Configuration

from apimachinery.clock import FakeClock
from client.api import Client
from client.credentials import Credentials, TokenFile
from client.errors import ConfigError, TransportError
from client.resources import PODS
from tests.client.certificates import Authority
from tests.client.fakeserver import Answer, FakeServer


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda request: Answer({"ok": True})) as running:
        yield running


def kubeconfig(folder: Path, url: str, user: dict[str, Any], **cluster: Any) -> str:
    path = folder / "config"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "contexts": [
                    {"name": "here", "context": {"cluster": "c", "user": "u"}},
                    {"name": "nobody", "context": {"cluster": "c", "user": ""}},
                ],
                "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
                "users": [{"name": "u", "user": user}],
            }
        )
    )
    return str(path)


def authorization(server: FakeServer, path: str, context: str | None = None) -> str | None:
    client = Client.from_kubeconfig(path, user_agent="test", context=context)
    try:
        assert client.get(PODS, "ns", "web") == {"ok": True}
    finally:
        client.close()
    return server.requests[-1].headers.get("Authorization")


def test_a_token_a_password_and_nobody(server: FakeServer, tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, server.url, {"token": "t1"})
    assert authorization(server, path) == "Bearer t1"
    assert authorization(server, path, context="nobody") is None
    path = kubeconfig(tmp_path, server.url, {"username": "u", "password": "p"})
    assert authorization(server, path) == "Basic dTpw"


def test_an_exec_plugin_is_asked(server: FakeServer, tmp_path: Path) -> None:
    answer = '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t2"}}'
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", f"print('''{answer}''')"],
        "interactiveMode": "Never",
    }
    assert authorization(server, kubeconfig(tmp_path, server.url, {"exec": plugin})) == "Bearer t2"


def test_a_token_file_is_found_beside_the_kubeconfig(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t3\n")
    assert authorization(server, kubeconfig(tmp_path, server.url, {"tokenFile": "token"})) == "Bearer t3"


def test_a_token_file_is_read_again_every_minute(tmp_path: Path) -> None:
    path, clock = tmp_path / "token", FakeClock()
    path.write_text("one")
    configuration = Configuration()
    configuration.refresh_api_key_hook = TokenFile(path, clock).refresh  # type: ignore[assignment]
    credentials = Credentials(configuration, clock)
    assert credentials.header() == b"Authorization: Bearer one\r\n"
    path.write_text("two")
    clock.advance(30)
    assert credentials.header() == b"Authorization: Bearer one\r\n"
    clock.advance(31)
    assert credentials.header() == b"Authorization: Bearer two\r\n"
    path.unlink()
    clock.advance(61)
    with pytest.raises(ConfigError, match="cannot renew"):
        credentials.header()


def test_a_fixed_token_is_not_asked_for_again() -> None:
    clock, configuration = FakeClock(), Configuration()
    configuration.api_key["BearerToken"] = "Bearer fixed"
    credentials = Credentials(configuration, clock)
    assert credentials.header() == b"Authorization: Bearer fixed\r\n"
    configuration.api_key.clear()
    clock.advance(1000)
    assert credentials.header() == b"Authorization: Bearer fixed\r\n"


@pytest.mark.parametrize("content", ["", "not a mapping", "contexts: []\ncurrent-context: x\n"])
def test_an_unusable_kubeconfig_is_one_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(ConfigError, match="cannot use"):
        Client.from_kubeconfig(str(path), user_agent="test")


def test_a_missing_kubeconfig_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot use"):
        Client.from_kubeconfig(str(tmp_path / "none"), user_agent="test")


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[FakeServer, Authority]]:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authority.path)
    context.verify_mode = ssl.CERT_REQUIRED
    made = FakeServer(lambda request: Answer({"ok": True}))
    made.listener = context.wrap_socket(made.listener, server_side=True)
    made.url = made.url.replace("http:", "https:")
    with made:
        yield made, authority


def test_client_certificates_over_tls(secure: tuple[FakeServer, Authority], tmp_path: Path) -> None:
    server, authority = secure
    certificate, key = authority.issue("admin")
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    path = kubeconfig(tmp_path, server.url, user, **{"certificate-authority": str(authority.path)})
    client = Client.from_kubeconfig(path, user_agent="test")
    for _ in range(3):
        assert client.get(PODS, "ns", "web") == {"ok": True}
    with client.watch(PODS) as watch:
        watch.close()
    client.close()
    assert server.connections == 1


def test_an_unknown_server_certificate_is_refused(secure: tuple[FakeServer, Authority], tmp_path: Path) -> None:
    server, _ = secure
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    path = kubeconfig(tmp_path, server.url, {}, **{"certificate-authority": str(other.path)})
    client = Client.from_kubeconfig(path, user_agent="test")
    with pytest.raises(TransportError, match="certificate verify failed"):
        client.get(PODS, "ns", "web")
    client.close()


def test_a_proxy_for_plain_http_gets_absolute_targets(server: FakeServer) -> None:
    configuration = Configuration(host="http://cluster.example:8080", proxy=server.url, no_proxy="")
    client = Client(configuration, user_agent="test")
    assert client.get(PODS, "ns", "web") == {"ok": True}
    client.close()
    assert server.requests[0].headers["Host"] == "cluster.example:8080"
    assert server.requests[0].path == "/api/v1/namespaces/ns/pods/web"
