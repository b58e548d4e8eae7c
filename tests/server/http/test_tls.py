from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from server.http.serving import Scope
from server.http.tls import TLSError, TLSFiles, server_context
from tests.server.http.certificates import Authority
from tests.server.http.harness import Lab, run, serving


def name_in(scope: Scope) -> str | None:
    """The common name of the certificate a request came with."""
    der = scope["extensions"]["tls"]["peer_der"]
    if der is None:
        return None
    return str(x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


@pytest.mark.parametrize("http2", [False, True])
def test_the_peer_certificate_is_in_the_scope(tmp_path: Path, http2: bool) -> None:
    async def main() -> None:
        authority = Authority(tmp_path)
        lab = Lab()
        async with serving(lab, authority.server()) as server:
            for name in ("alice", "", "bob"):
                context = authority.client_context(name)
                async with httpx.AsyncClient(verify=context, http1=not http2, http2=http2, trust_env=False) as client:
                    for _ in range(2):
                        response = await client.get(f"{server.url}/a")
                        assert (response.text, response.http_version) == ("/a", "HTTP/2" if http2 else "HTTP/1.1")
        assert [name_in(scope) for scope in lab.scopes] == ["alice", "alice", None, None, "bob", "bob"]
        assert {scope["scheme"] for scope in lab.scopes} == {"https"}

    run(main())


def test_certificates_of_many_clients_at_once_are_not_mixed_up(tmp_path: Path) -> None:
    async def main() -> None:
        authority = Authority(tmp_path)
        lab = Lab()
        async with serving(lab, authority.server()) as server:

            async def client(number: int) -> None:
                name, http2 = f"user-{number}", number % 2 == 1
                context = authority.client_context(name)
                async with httpx.AsyncClient(verify=context, http1=not http2, http2=http2, trust_env=False) as client:
                    for _ in range(5):
                        assert (await client.get(f"{server.url}/{name}")).status_code == 200

            await asyncio.gather(*(client(number) for number in range(20)))
        assert len(lab.scopes) == 100
        assert all(scope["path"] == f"/{name_in(scope)}" for scope in lab.scopes)

    run(main())


def test_a_resumed_session_still_has_its_certificate(tmp_path: Path) -> None:
    async def main() -> None:
        authority = Authority(tmp_path)
        context = authority.client_context("alice")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        lab = Lab()
        async with serving(lab, authority.server()) as server:
            resumed = await asyncio.to_thread(_resume, context, server.port)
        assert resumed
        assert [name_in(scope) for scope in lab.scopes] == ["alice", "alice"]

    def _resume(context: ssl.SSLContext, port: int) -> bool:
        session = None
        for _ in range(2):
            with (
                socket.create_connection(("127.0.0.1", port)) as raw,
                context.wrap_socket(raw, server_hostname="127.0.0.1", session=session) as sock,
            ):
                sock.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                assert sock.recv(65536).startswith(b"HTTP/1.1 200 OK")
                session, reused = sock.session, sock.session_reused
        return bool(reused)

    run(main())


def test_a_client_that_can_do_both_gets_http_1_1(tmp_path: Path) -> None:
    async def main() -> None:
        authority = Authority(tmp_path)
        async with serving(Lab(), authority.server()) as server:
            context = authority.client_context()
            async with httpx.AsyncClient(verify=context, http1=True, http2=True, trust_env=False) as client:
                assert (await client.get(f"{server.url}/a")).http_version == "HTTP/1.1"

    run(main())


def test_a_certificate_of_another_authority_is_not_let_in(tmp_path: Path) -> None:
    async def main() -> None:
        authority, other = Authority(tmp_path / "one"), Authority(tmp_path / "other")
        lab = Lab()
        async with serving(lab, authority.server()) as server:
            context = other.client_context("mallory", trusting=authority)
            async with httpx.AsyncClient(verify=context, trust_env=False) as client:
                with pytest.raises(httpx.TransportError):
                    await client.get(f"{server.url}/a")
        assert lab.scopes == []

    run(main())


@pytest.mark.parametrize("missing", ["certificate", "key", "client_ca"])
def test_a_file_that_cannot_be_used_is_named_in_one_line(tmp_path: Path, missing: str) -> None:
    files = Authority(tmp_path).server()
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    paths = {"certificate": files.certificate, "key": files.key, "client_ca": files.client_ca, missing: bad}
    with pytest.raises(TLSError) as caught:
        server_context(TLSFiles(**paths))  # type: ignore[arg-type]
    assert "bad.pem" in str(caught.value)
    assert "\n" not in str(caught.value)
