"""Tokens of service accounts: keys, issuers, audiences, what they are bound to, and those that end late or never."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from apimachinery.clock import FakeClock
from apimachinery.status import Unauthorized
from apimachinery.timefmt import format_time
from server.authn.authenticator import Notes
from server.authn.bearer import Identified
from server.authn.jwk import key_id
from server.authn.jwt import read, sign, unverified
from server.authn.legacy_token import INVALID_SINCE, LEGACY_ISSUER
from server.authn.service_account import ISSUER, WARN_AFTER, Reference, ServiceAccountTokens, TokenConfig
from storage.types import Entry, Index, Key, Revision
from tests.server.authn.run import run

KEY = ec.generate_private_key(ec.SECP256R1())
ACCOUNT = Reference("serviceaccount", "robot", "sa-uid")
POD, NODE, SECRET = (
    Reference("pod", "p", "pod-uid"),
    Reference("node", "n", "node-uid"),
    Reference("secret", "s", "s-uid"),
)


class World:
    """What is stored, a clock, and the tokens of a server with some configuration."""

    def __init__(self, **config: Any) -> None:
        self.clock = FakeClock()
        self.stored: dict[tuple[str, str, str], Entry] = {}
        self.notes = Notes([], {})
        self.put("serviceaccounts", "default", "robot", "sa-uid")
        self.tokens = ServiceAccountTokens(TokenConfig(**{"key": KEY, **config}), self.clock, self._find)

    def _find(self, plural: str, namespace: str, name: str) -> Entry | None:
        return self.stored.get((plural, namespace, name))

    def put(self, plural: str, namespace: str, name: str, uid: str, metadata: Any = None, **fields: Any) -> None:
        obj = {"metadata": {"name": name, "namespace": namespace, "uid": uid, **(metadata or {})}, **fields}
        key, revision = Key(plural, namespace, name), Revision(1)
        value = orjson.dumps(obj)
        self.stored[plural, namespace, name] = Entry(key, value, 0, revision, revision, uid, Index({}, {}))

    def issue(self, *bound: Reference, seconds: int = 3600, audiences: tuple[str, ...] = (ISSUER,)) -> str:
        return self.tokens.issue("default", ACCOUNT, audiences, seconds, bound).token

    def ask(self, token: str, *audiences: str) -> Identified | None:
        return run(self.tokens.identify(token.encode(), audiences or self.tokens.config.audiences, self.notes))

    def good(self, token: str, *audiences: str) -> bool:
        try:
            return self.ask(token, *audiences) is not None
        except Unauthorized:
            return False


def test_a_bearer_has_name_uid_groups_and_the_id_of_the_token() -> None:
    world = World()
    issued = world.tokens.issue("default", ACCOUNT, [ISSUER], 3600, ())
    found = world.ask(issued.token)
    assert found is not None
    assert found.user.name == "system:serviceaccount:default:robot"
    assert found.user.uid == "sa-uid"
    assert found.user.groups == (
        "system:serviceaccounts",
        "system:serviceaccounts:default",
        "system:authenticated",
    )
    assert found.user.extra == {"authentication.kubernetes.io/credential-id": (issued.credential,)}
    assert issued.credential == f"JTI={unverified(issued.token.encode())['jti']}"


def test_a_token_of_a_pod_names_pod_and_node() -> None:
    world = World()
    world.put("pods", "default", "p", "pod-uid")
    found = world.ask(world.issue(POD, NODE))
    assert found is not None
    extra = {key.rpartition("/")[2]: values for key, values in found.user.extra.items()}
    assert extra | {"credential-id": ()} == {
        "credential-id": (),
        "pod-name": ("p",),
        "pod-uid": ("pod-uid",),
        "node-name": ("n",),
        "node-uid": ("node-uid",),
    }


@pytest.mark.parametrize(
    ("reference", "plural", "namespace"),
    [(POD, "pods", "default"), (SECRET, "secrets", "default"), (NODE, "nodes", "")],
)
def test_what_a_token_is_bound_to_takes_it_along(reference: Reference, plural: str, namespace: str) -> None:
    world = World()
    token = world.issue(reference)
    assert not world.good(token)
    world.put(plural, namespace, reference.name, "another")
    assert not world.good(token)
    world.put(plural, namespace, reference.name, reference.uid)
    assert world.good(token)
    deleted = format_time(world.clock.now())
    world.put(plural, namespace, reference.name, reference.uid, {"deletionTimestamp": deleted})
    world.clock.advance(60)
    assert world.good(token)
    world.clock.advance(1)
    assert not world.good(token)


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)]
)
def test_every_curve_of_upstream_signs(key: ec.EllipticCurvePrivateKey) -> None:
    world = World(key=key)
    assert world.good(world.issue())


def test_rsa_signs_and_old_keys_still_verify() -> None:
    old = World()
    new = World(key=rsa.generate_private_key(65537, 2048), keys=(KEY.public_key(),))
    assert read(new.issue().encode()).header["alg"] == "RS256"
    assert new.good(new.issue())
    assert new.good(old.issue())
    assert not old.good(new.issue())


def test_a_key_id_is_believed_only_of_that_key() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    world = World(keys=(other.public_key(),))
    claims = unverified(world.issue().encode())
    good = sign(claims, KEY)
    header = {"alg": "ES256", "kid": key_id(other.public_key())}
    forged = base64.urlsafe_b64encode(orjson.dumps(header)).rstrip(b"=").decode()
    assert not world.good(".".join([forged, *good.split(".")[1:]]))


def test_the_first_issuer_issues_and_all_are_taken() -> None:
    world = World(issuers=("https://new", ISSUER))
    assert unverified(world.issue(audiences=("https://new",)).encode())["iss"] == "https://new"
    assert world.tokens.config.audiences == ("https://new", ISSUER)
    assert world.good(World().issue())
    assert World(issuers=("https://other",)).ask(World().issue()) is None


def test_audiences_are_those_asked_for_that_the_token_has() -> None:
    world = World(api_audiences=("api", "api2"))
    token = world.issue(audiences=("vault", "api2"))
    found = world.ask(token)
    assert found is not None and found.audiences == ("api2",)
    found = world.ask(token, "x", "vault")
    assert found is not None and found.audiences == ("vault",)
    assert not world.good(token, "x")
    assert not world.good(world.issue(audiences=(ISSUER,)))


def test_a_minute_is_allowed_after_the_end_and_before_the_beginning() -> None:
    world = World()
    token = world.issue(seconds=600)
    world.clock.advance(660)
    assert world.good(token)
    world.clock.advance(1)
    assert not world.good(token)
    claims = unverified(token.encode())
    now = int(world.clock.now().timestamp())
    assert world.good(sign({**claims, "exp": now + 600, "nbf": now + 60, "iat": now + 60}, KEY))
    assert not world.good(sign({**claims, "exp": now + 600, "nbf": now + 61}, KEY))
    assert not world.good(sign({**claims, "exp": now + 600, "iat": now + 61}, KEY))


@pytest.mark.parametrize(
    ("bound", "audiences", "seconds", "extend", "extended"),
    [
        (POD, (ISSUER,), WARN_AFTER, True, True),
        (POD, (ISSUER,), WARN_AFTER, False, False),
        (POD, (ISSUER,), 3600, True, False),
        (POD, ("vault",), WARN_AFTER, True, False),
        (SECRET, (ISSUER,), WARN_AFTER, True, False),
    ],
)
def test_projected_tokens_of_an_hour_are_good_for_a_year(
    bound: Reference, audiences: tuple[str, ...], seconds: int, extend: bool, extended: bool
) -> None:
    claims = unverified(World(extend=extend).issue(bound, seconds=seconds, audiences=audiences).encode())
    life = claims["exp"] - claims["iat"]
    assert life == (365 * 24 * 3600 if extended else seconds)
    assert claims["kubernetes.io"].get("warnafter") == (claims["iat"] + WARN_AFTER if extended else None)


def test_a_token_used_after_its_hour_is_noted() -> None:
    world = World()
    world.put("pods", "default", "p", "pod-uid")
    token = world.issue(POD, seconds=WARN_AFTER)
    assert world.good(token)
    assert world.notes.audit_annotations == {}
    world.clock.advance(WARN_AFTER + 5)
    assert world.good(token)
    assert world.notes.audit_annotations == {
        "authentication.k8s.io/stale-token": (
            "subject: system:serviceaccount:default:robot, seconds after warning threshold: 5"
        )
    }


# -- tokens in Secrets -------------------------------------------------------------------------------------------------


def legacy(**changed: Any) -> str:
    claims: dict[str, Any] = {
        "iss": LEGACY_ISSUER,
        "sub": "system:serviceaccount:default:robot",
        "kubernetes.io/serviceaccount/namespace": "default",
        "kubernetes.io/serviceaccount/secret.name": "s",
        "kubernetes.io/serviceaccount/service-account.name": "robot",
        "kubernetes.io/serviceaccount/service-account.uid": "sa-uid",
    }
    merged = {**claims, **changed}
    return sign({key: value for key, value in merged.items() if value is not None}, KEY)


def keep(world: World, token: str, metadata: Any = None) -> None:
    data = {"token": base64.b64encode(token.encode()).decode()}
    world.put("secrets", "default", "s", "s-uid", metadata, data=data)


def test_a_token_in_a_secret_has_no_end() -> None:
    world, token = World(), legacy()
    keep(world, token)
    found = world.ask(token)
    assert found is not None
    assert (found.user.name, found.user.extra) == ("system:serviceaccount:default:robot", {})
    assert world.notes.audit_annotations == {
        "authentication.k8s.io/legacy-token": "system:serviceaccount:default:robot",
        "authentication.k8s.io/legacy-token-manual-secret": "s",
    }
    world.clock.advance(10 * 365 * 24 * 3600)
    assert world.good(token)
    assert not world.good(token, "vault")


def test_it_is_good_while_the_secret_holds_it() -> None:
    world, token = World(), legacy()
    assert not world.good(token)
    keep(world, legacy(x="another"))
    assert not world.good(token)
    keep(world, token, {"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert not world.good(token)
    keep(world, token)
    assert world.good(token)
    world.put("serviceaccounts", "default", "robot", "another")
    assert not world.good(token)


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "system:serviceaccount:default:admin"},
        {"sub": "system:admin"},
        {"sub": None},
        {"kubernetes.io/serviceaccount/namespace": "kube-system"},
        {"kubernetes.io/serviceaccount/namespace": None},
        {"kubernetes.io/serviceaccount/secret.name": ""},
        {"kubernetes.io/serviceaccount/service-account.name": ["robot"]},
        {"kubernetes.io/serviceaccount/service-account.uid": "x"},
        {"aud": ["vault"]},
    ],
)
def test_claims_that_do_not_agree_are_refused(changed: dict[str, Any]) -> None:
    world, token = World(), legacy(**changed)
    keep(world, token)
    assert not world.good(token)


def test_one_marked_as_invalid_is_refused_and_noted() -> None:
    world, token = World(), legacy()
    keep(world, token, {"labels": {INVALID_SINCE: "2026-01-01"}})
    assert not world.good(token)
    assert world.notes.audit_annotations["authentication.k8s.io/legacy-token-invalidated"] == "s/default"


def test_one_that_was_made_by_itself_warns() -> None:
    world, token = World(), legacy()
    world.put("serviceaccounts", "default", "robot", "sa-uid", secrets=[{"name": "s"}])
    keep(world, token)
    assert world.good(token)
    assert world.notes.warnings[0].startswith("Use tokens from the TokenRequest API")
    assert world.notes.audit_annotations["authentication.k8s.io/legacy-token-autogenerated-secret"] == "s"
