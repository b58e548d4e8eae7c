"""Credentials that are no good are refused, all in the same words: nothing says what was wrong with them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubejazz.pki import Credential, new_authority
from server.authn.jwt import sign, unverified
from server.authn.service_account import ISSUER
from server.authn.signatures import signature
from tests.server.authn.oidc.provider import part
from tests.server.http.certificates import Authority
from tests.server.security.wire import ADMIN, KEY, Wire, statuses

ACCOUNT = "/api/v1/namespaces/default/serviceaccounts"
REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
HTTP = pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])


def whoami(wire: Wire, token: str, *, http2: bool = False) -> httpx.Response:
    body = {"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1"}
    return wire.ask("POST", REVIEW, token=token, body=body, http2=http2)


def assert_unknown(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert answer.json() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "Unauthorized",
        "reason": "Unauthorized",
        "code": 401,
    }


@pytest.fixture(scope="module")
def good(wire: Wire) -> str:
    """A token of a service account."""
    made = wire.ask("POST", ACCOUNT, token=ADMIN, body={"metadata": {"name": "robot"}})
    assert made.status_code == 201, made.text
    request: dict[str, Any] = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": {}}
    answer = wire.ask("POST", f"{ACCOUNT}/robot/token", token=ADMIN, body=request)
    token: str = answer.json()["status"]["token"]
    return token


@HTTP
def test_a_good_token_is_let_in(wire: Wire, good: str, http2: bool) -> None:
    answer = whoami(wire, good, http2=http2)
    assert answer.json()["status"]["userInfo"]["username"] == "system:serviceaccount:default:robot"


def resigned(good: str, **changed: Any) -> str:
    return sign({**unverified(good.encode()), **changed}, KEY)


def confused(good: str) -> str:
    """Signed by HMAC with what everybody knows of the server's key."""
    secret = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part(orjson.dumps({'alg': 'HS256', 'typ': 'JWT'}))}.{good.split('.')[1]}"
    return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def with_header(good: str, **header: Any) -> str:
    own = orjson.loads(unpart(good.split(".")[0]))
    return ".".join([part(orjson.dumps({**own, **header})), *good.split(".")[1:]])


def unpart(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def foreign(good: str, key: Any = None, **header: Any) -> str:
    return sign({**unverified(good.encode()), **header}, key or ec.generate_private_key(ec.SECP256R1()))


def private(good: str, **changed: Any) -> dict[str, Any]:
    return {"kubernetes.io": {**unverified(good.encode())["kubernetes.io"], **changed}}


NOW = int(time.time())
BAD_TOKENS: dict[str, Callable[[str], str]] = {
    "nonsense": lambda good: "nonsense",
    "three dots": lambda good: "a.b.c",
    "no signature": lambda good: good.rpartition(".")[0] + ".",
    "another signature": lambda good: good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB"),
    "expired": lambda good: resigned(good, exp=NOW - 61),
    "expires never, which is no time": lambda good: resigned(good, exp="never"),
    "not yet valid": lambda good: resigned(good, nbf=NOW + 3600),
    "issued in the future": lambda good: resigned(good, iat=NOW + 3600),
    "another audience": lambda good: resigned(good, aud=["vault"]),
    "no audience in the list": lambda good: resigned(good, aud=[]),
    "an odd audience": lambda good: resigned(good, aud={ISSUER: 1}),
    "another issuer": lambda good: resigned(good, iss="https://evil.example.com"),
    "algorithm none": lambda good: with_header(good, alg="none").rpartition(".")[0] + ".",
    "algorithm none, signed": lambda good: with_header(good, alg="none"),
    "algorithm HS256 with the public key": confused,
    "a foreign key": foreign,
    "a foreign RSA key": lambda good: foreign(good, rsa.generate_private_key(65537, 2048)),
    "a key id that is a path": lambda good: with_header(good, kid="../../../../etc/passwd"),
    "a key id that is SQL": lambda good: with_header(good, kid="' OR '1'='1"),
    "a key id that is a list": lambda good: with_header(good, kid=["x"]),
    "jku": lambda good: with_header(foreign(good), jku="https://evil.example.com/keys"),
    "x5u": lambda good: with_header(foreign(good), x5u="https://evil.example.com/cert"),
    "critical extension": lambda good: with_header(good, crit=["exp"]),
    "another account's uid": lambda good: resigned(
        good, **private(good, serviceaccount={"name": "robot", "uid": "11111111-1111-1111-1111-111111111111"})
    ),
    "an account that is not there": lambda good: resigned(
        good, **private(good, serviceaccount={"name": "ghost", "uid": "1"})
    ),
    "a pod that is not there": lambda good: resigned(good, **private(good, pod={"name": "ghost", "uid": "1"})),
    "a secret that is not there": lambda good: resigned(good, **private(good, secret={"name": "ghost", "uid": "1"})),
    "a node that is not there": lambda good: resigned(good, **private(good, node={"name": "ghost", "uid": "1"})),
    "no private claims": lambda good: resigned(good, **{"kubernetes.io": None}),
    "odd private claims": lambda good: resigned(good, **{"kubernetes.io": ["x"]}),
    "a legacy token without its secret": lambda good: resigned(good, iss="kubernetes/serviceaccount", aud=None),
    "a name with its spaces": lambda good: good.replace(".", " .", 1),
}


@HTTP
@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_bad_token_is_refused_without_a_word_more(wire: Wire, good: str, name: str, http2: bool) -> None:
    assert_unknown(whoami(wire, BAD_TOKENS[name](good), http2=http2))


def test_repeated_claims_are_refused(wire: Wire, good: str) -> None:
    claims = orjson.dumps(unverified(good.encode()))
    name = b'"sub":"system:serviceaccount:default:robot"'
    assert name in claims
    twice = claims.replace(name, b'"sub":"system:admin",' + name)
    header = good.split(".")[0]
    signed = f"{header}.{part(twice)}"
    assert_unknown(whoami(wire, f"{signed}.{part(signature(KEY, signed.encode()))}"))


@pytest.mark.parametrize("size", [20_000, 200_000])
def test_a_huge_token_is_refused(wire: Wire, good: str, size: int) -> None:
    said = wire.raw(
        b"GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
        + resigned(good, filler="x" * size).encode()
        + b"x\r\n\r\n"
    )
    assert statuses(said) in ([401], [431], [])
    assert b"filler" not in said


@pytest.mark.parametrize("token", ["admin-toke", "admin-token2", "Admin-Token", "eve", "admin"])
def test_static_tokens_have_to_be_exact(wire: Wire, token: str) -> None:
    assert_unknown(whoami(wire, token))


@pytest.mark.parametrize(
    "header",
    ["Basic YWRtaW46YWRtaW4=", "Bearer", "Bearer  admin-token", "Token admin-token", "admin-token", "Bearer\tx"],
)
def test_other_ways_of_saying_it_make_nobody(wire: Wire, header: str) -> None:
    answer = wire.ask("GET", "/api/v1/namespaces", headers={"Authorization": header})
    assert answer.status_code == 403
    assert 'User "system:anonymous" cannot list' in answer.json()["message"]


def test_a_token_in_the_query_is_none(wire: Wire) -> None:
    for query in (f"access_token={ADMIN}", f"token={ADMIN}", f"authorization=Bearer%20{ADMIN}"):
        assert wire.ask("GET", f"/api/v1/namespaces?{query}").status_code == 403


def test_of_two_authorizations_the_first_counts(wire: Wire) -> None:
    with wire.client() as client:
        headers = [("Authorization", "Bearer eve-token"), ("Authorization", f"Bearer {ADMIN}")]
        assert client.get("/api/v1/namespaces", headers=headers).status_code == 403


# -- client certificates -----------------------------------------------------------------------------------------------


def certificate(
    folder: Path,
    issuer: Credential | None,
    *,
    name: str = "mallory",
    group: str = "system:masters",
    start: timedelta = -timedelta(hours=1),
    end: timedelta = timedelta(hours=1),
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
) -> tuple[Path, Path]:
    """Files of a certificate and its key; without an issuer it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)]
    attributes += [x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []
    subject = x509.Name(attributes)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start)
        .not_valid_after(now + end)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    signed = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    paths = folder / "client.crt", folder / "client.key"
    paths[0].write_bytes(Credential(signed, key).certificate_pem)
    paths[1].write_bytes(Credential(signed, key).key_pem)
    return paths


def ca_of(authority: Authority) -> Credential:
    return authority._credential


def present(wire: Wire, files: tuple[Path, Path], *, token: str = "", http2: bool = False) -> httpx.Response:
    context = wire.authority.client_context()
    context.load_cert_chain(*files)
    with wire.client(token, http2=http2, context=context) as client:
        return client.get("/api/v1/namespaces")


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": -timedelta(hours=2), "end": -timedelta(hours=1)},
        {"start": timedelta(hours=1), "end": timedelta(hours=2)},
        {"usage": ExtendedKeyUsageOID.SERVER_AUTH},
        {"usage": ExtendedKeyUsageOID.CODE_SIGNING},
    ],
    ids=["expired", "not yet valid", "for servers", "for something else"],
)
@HTTP
def test_a_bad_certificate_of_our_own_authority_is_refused(
    wire: Wire, tmp_path: Path, wrong: dict[str, Any], http2: bool
) -> None:
    assert_unknown(present(wire, certificate(tmp_path, ca_of(wire.authority), **wrong), http2=http2))


def test_the_same_certificate_is_good_when_all_is_right(wire: Wire, tmp_path: Path) -> None:
    assert present(wire, certificate(tmp_path, ca_of(wire.authority))).status_code == 200


@HTTP
def test_a_foreign_authority_of_the_same_name_and_a_self_made_certificate_are_refused(
    wire: Wire, tmp_path: Path, http2: bool
) -> None:
    foreign_authority = new_authority(datetime.now(UTC))
    assert foreign_authority.certificate.subject == ca_of(wire.authority).certificate.subject
    assert_unknown(present(wire, certificate(tmp_path, foreign_authority), http2=http2))
    assert_unknown(present(wire, certificate(tmp_path, None), http2=http2))


@HTTP
def test_a_foreign_certificate_and_a_token_are_whom_the_token_says(wire: Wire, tmp_path: Path, http2: bool) -> None:
    files = certificate(tmp_path, None)
    assert present(wire, files, token=ADMIN, http2=http2).status_code == 200
    eve = present(wire, files, token="eve-token", http2=http2)
    assert eve.status_code == 403
    assert 'User "eve"' in eve.json()["message"]
    assert_unknown(present(wire, files, token="nonsense", http2=http2))


def test_a_foreign_certificate_is_not_even_anonymous(wire: Wire, tmp_path: Path) -> None:
    context = wire.authority.client_context()
    with wire.client(context=context) as client:
        assert client.get("/healthz").status_code == 200
    context.load_cert_chain(*certificate(tmp_path, None))
    with wire.client(context=context) as client:
        assert_unknown(client.get("/healthz"))


def test_the_log_says_what_the_answer_does_not(wire: Wire, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", "kubejazz.authn"):
        assert_unknown(present(wire, certificate(tmp_path, None), token="nonsense"))
    said = [record.getMessage() for record in caplog.records if record.name == "kubejazz.authn"]
    assert said == ["Unable to authenticate the request: x509: depth zero self signed cert; invalid bearer token"]


def test_a_client_certificate_signs_no_other(wire: Wire, tmp_path: Path) -> None:
    """Whoever has a certificate is no authority."""
    files = certificate(tmp_path, ca_of(wire.authority), name="jane", group="dev")
    jane = Credential.from_pem(files[0].read_bytes(), files[1].read_bytes())
    (tmp_path / "next").mkdir()
    forged, key = certificate(tmp_path / "next", jane)
    forged.write_bytes(forged.read_bytes() + files[0].read_bytes())
    assert_unknown(present(wire, (forged, key)))


def test_a_certificate_without_a_name_is_nobody_even_as_a_master(wire: Wire, tmp_path: Path) -> None:
    answer = present(wire, certificate(tmp_path, ca_of(wire.authority), name=""))
    assert answer.status_code == 403
    assert 'User "system:anonymous"' in answer.json()["message"]


def test_a_group_in_the_name_is_only_a_name(wire: Wire, tmp_path: Path) -> None:
    for name in ("system:masters", "x,O=system:masters", "x/O=system:masters", "x\nO=system:masters"):
        answer = present(wire, certificate(tmp_path, ca_of(wire.authority), name=name, group="dev"))
        assert answer.status_code == 403


def test_a_bad_token_is_not_made_good_by_no_certificate_nor_a_certificate_spoiled_by_a_bad_token(
    wire: Wire, tmp_path: Path
) -> None:
    context = wire.authority.client_context()
    context.load_cert_chain(*certificate(tmp_path, ca_of(wire.authority)))
    with wire.client("nonsense", context=context) as client:
        assert client.get("/api/v1/namespaces").status_code == 200
    with wire.client("nonsense") as client:
        assert_unknown(client.get("/api/v1/namespaces"))


@pytest.mark.parametrize(("token", "status"), [(ADMIN, b"101"), ("eve-token", b"403"), ("nonsense", b"401")])
def test_a_browsers_token_counts_as_any_other(wire: Wire, token: str, status: bytes) -> None:
    lines = [
        "GET /api/v1/namespaces?watch=true HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.{part(token.encode())}, base64.binary.k8s.io",
    ]
    with wire.connection() as secure:
        secure.sendall("\r\n".join([*lines, "", ""]).encode())
        assert secure.recv(65536).split(b" ")[1] == status
