"""AuthenticationConfiguration files, and what upstream's ``--oidc-*`` options would say in one.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from apimachinery.objects import Object
from server.authn.oidc.issuer import Issuer
from server.authn.oidc.validation import issuers_of
from server.configfile import read_config, refuse

KIND = "AuthenticationConfiguration"
VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1")

_MAPPED = {"claim": str, "prefix": str, "expression": str}
_SCHEMA = {
    "jwt": [
        {
            "issuer": {
                "url": str,
                "discoveryURL": str,
                "certificateAuthority": str,
                "audiences": [str],
                "audienceMatchPolicy": str,
                "egressSelectorType": str,
                "jwksFile": str,
            },
            "claimValidationRules": [{"claim": str, "requiredValue": str, "expression": str, "message": str}],
            "claimMappings": {
                "username": _MAPPED,
                "groups": _MAPPED,
                "uid": {"claim": str, "expression": str},
                "extra": [{"key": str, "valueExpression": str}],
            },
            "userValidationRules": [{"expression": str, "message": str}],
        }
    ],
    "anonymous": {"enabled": bool, "conditions": [{"path": str}]},
}


@dataclass(frozen=True, slots=True)
class Anonymous:
    """``paths``: of requests that may come without a credential; none: all."""

    enabled: bool
    paths: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AuthenticationConfig:
    issuers: tuple[Issuer, ...]
    anonymous: Anonymous | None
    """None: the file does not say."""


def read_authentication_config(path: Path, disallowed: Collection[str]) -> AuthenticationConfig:
    """``disallowed``: issuers that are this server's own. Raises ConfigFileError."""
    config = read_config(path, KIND, VERSIONS, _SCHEMA)
    issuers, errors = issuers_of(config, disallowed)
    refuse(errors, path)
    return AuthenticationConfig(tuple(issuers), _anonymous(config.get("anonymous")))


def _anonymous(told: Object | None) -> Anonymous | None:
    if told is None:
        return None
    return Anonymous(told.get("enabled", False), frozenset(each["path"] for each in told.get("conditions") or ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcOptions:
    """Upstream's options of these names; ``jwks_file`` is our own."""

    issuer_url: str
    client_id: str
    username_claim: str = "sub"
    username_prefix: str = ""
    groups_claim: str = ""
    groups_prefix: str = ""
    required_claims: Mapping[str, str]
    authority: str = ""
    jwks_file: str = ""


def issuer_of(options: OidcOptions, disallowed: Collection[str]) -> Issuer:
    """Raises ConfigFileError."""
    prefix = options.username_prefix
    if not prefix and options.username_claim != "email":
        prefix = f"{options.issuer_url}#"
    mappings: Object = {"username": {"claim": options.username_claim, "prefix": "" if prefix == "-" else prefix}}
    if options.groups_claim:
        mappings["groups"] = {"claim": options.groups_claim, "prefix": options.groups_prefix}
    rules = [{"claim": claim, "requiredValue": value} for claim, value in options.required_claims.items()]
    issuer: Object = {"url": options.issuer_url, "audiences": [options.client_id]}
    if options.authority:
        issuer["certificateAuthority"] = options.authority
    if options.jwks_file:
        issuer["jwksFile"] = options.jwks_file
    jwt = {"issuer": issuer, "claimMappings": mappings, "claimValidationRules": rules}
    issuers, errors = issuers_of({"jwt": [jwt]}, disallowed)
    refuse(errors)
    return issuers[0]
