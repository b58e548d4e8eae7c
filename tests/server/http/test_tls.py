from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from server.http.serving import Scope
from server.http.tls import TLSError, TLSFiles, server_context
from tests.server.http.certificates import VERSIONS, Authority, alice
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


@VERSIONS
def test_no_session_is_resumed_so_that_every_connection_shows_its_certificate(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    async def main() -> None:
        authority, context = alice(tmp_path, version)
        lab = Lab()
        async with serving(lab, authority.server()) as server:
            assert not await asyncio.to_thread(_resumes, context, server.port)
        assert [name_in(scope) for scope in lab.scopes] == ["alice", "alice"]

    def _resumes(context: ssl.SSLContext, port: int) -> bool:
        session, reused = None, None
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


@pytest.mark.parametrize("http2", [False, True])
def test_a_certificate_of_another_authority_comes_with_what_is_wrong_with_it(tmp_path: Path, http2: bool) -> None:
    async def main() -> None:
        authority, other = Authority(tmp_path / "one"), Authority(tmp_path / "other")
        lab = Lab()
        async with serving(lab, authority.server()) as server:
            for context in (authority.client_context("alice"), other.client_context("mallory", trusting=authority)):
                async with httpx.AsyncClient(verify=context, http1=not http2, http2=http2, trust_env=False) as client:
                    assert (await client.get(f"{server.url}/a")).status_code == 200
        assert [name_in(scope) for scope in lab.scopes] == ["alice", "mallory"]
        errors = [scope["extensions"]["tls"]["peer_error"] for scope in lab.scopes]
        assert errors == ["", "unable to get issuer cert locally"]

    run(main())


@VERSIONS
def test_large_bodies_pass_both_ways(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """Many records, in pieces that end anywhere."""

    async def main() -> None:
        authority, context = alice(tmp_path, version)
        sent = random.Random(1).randbytes(5_000_001)
        async with (
            serving(Lab(), authority.server()) as server,
            httpx.AsyncClient(verify=context, trust_env=False) as client,
        ):
            for _ in range(2):
                assert (await client.post(f"{server.url}/echo", content=sent)).content == sent

    run(main())


@VERSIONS
def test_a_request_in_one_packet_with_the_end_of_the_handshake_is_answered(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """As clients written in Go send it."""

    async def main() -> None:
        authority, context = alice(tmp_path, version)
        async with serving(Lab(), authority.server()) as server:
            assert (await asyncio.to_thread(_at_once, context, server.port)).startswith(b"HTTP/1.1 200 OK")

    def _at_once(context: ssl.SSLContext, port: int) -> bytes:
        received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(received, sent, server_hostname="127.0.0.1")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            while True:
                with contextlib.suppress(ssl.SSLWantReadError):
                    client.do_handshake()
                    client.write(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                    break
                raw.sendall(sent.read())
                received.write(raw.recv(65536))
            raw.sendall(sent.read())
            while True:
                received.write(raw.recv(65536))
                with contextlib.suppress(ssl.SSLWantReadError):
                    return client.read()

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
