"""From verified claims to a user. Pure.

Source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc (getUsername, getGroups, getUID, getExtra).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.authn.jwt import Claims, TokenError
from server.authn.oidc.issuer import Issuer, Mapped, Rule
from server.authn.user import CREDENTIAL_ID, User
from server.cel.errors import CelError


def user_of(issuer: Issuer, claims: Claims) -> User:
    """Raises TokenError."""
    seen = {"claims": _as_go_reads(claims)}
    try:
        name = _username(issuer.username, claims, seen)
        groups = _groups(issuer.groups, claims, seen)
        uid = _text(issuer.uid, claims, seen, "uid")
        extra: dict[str, tuple[str, ...]] = {}
        if isinstance(claims.get("jti"), str):
            extra[CREDENTIAL_ID] = (f"JTI={claims['jti']}",)
        for key, program in issuer.extra.items():
            if values := _strings(program.evaluate(seen), key):
                extra[key] = values
        _check_required(issuer, claims)
        _check_rules(issuer.claim_rules, seen)
        user = User(name, uid, groups, extra)
        _check_rules(issuer.user_rules, {"user": _shown(user)} if issuer.user_rules else {})
    except CelError as error:
        raise TokenError(str(error)) from None
    return user


def _username(mapped: Mapped, claims: Claims, seen: Claims) -> str:
    name = _text(mapped, claims, seen, "username")
    if not name:
        raise TokenError("the user name is empty")
    if mapped.claim == "email" and claims.get("email_verified", True) is not True:
        raise TokenError("email not verified")
    return mapped.prefix + name


def _text(mapped: Mapped, claims: Claims, seen: Claims, what: str) -> str:
    if mapped.program is not None:
        value = mapped.program.evaluate(seen)
    elif mapped.claim:
        value = claims.get(mapped.claim)
    else:
        return ""
    if not isinstance(value, str):
        raise TokenError(f"{what} is not a string")
    return value


def _groups(mapped: Mapped, claims: Claims, seen: Claims) -> tuple[str, ...]:
    if mapped.program is not None:
        return _strings(mapped.program.evaluate(seen), "groups")
    if not mapped.claim or mapped.claim not in claims:
        return ()
    value = claims[mapped.claim]
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise TokenError("groups are neither a string nor a list of them")
    return tuple(mapped.prefix + each for each in listed)


def _strings(value: Any, what: str) -> tuple[str, ...]:
    """Of an expression: a string or a list of them; empty ones are not there."""
    listed = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise TokenError(f"{what}: expression must return a string or a list of strings")
    return tuple(each for each in listed if each)


def _check_required(issuer: Issuer, claims: Claims) -> None:
    for claim, value in issuer.required.items():
        if claims.get(claim) != value:
            raise TokenError(f"required claim {claim} is missing or has another value")


def _check_rules(rules: Sequence[Rule], seen: Claims) -> None:
    for rule in rules:
        if rule.program.evaluate(seen) is not True:
            raise TokenError(f"validation expression '{rule.expression}' failed: {rule.message}")


def _shown(user: User) -> Claims:
    extra = {key: list(values) for key, values in user.extra.items()}
    return {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra}


def _as_go_reads(value: Any) -> Any:
    """Every number of JSON is a double."""
    if isinstance(value, dict):
        return {key: _as_go_reads(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_go_reads(each) for each in value]
    return float(value) if type(value) is int else value
