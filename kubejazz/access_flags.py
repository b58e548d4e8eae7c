"""Options that say who may come and what they may do, by kube-apiserver's names."""

from __future__ import annotations

import argparse

from apimachinery.durations import SECOND, parse_duration
from kubejazz.flag import Flag, lines, one_of, optional_path, paths, switch

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512")
"""Those of ``server.authn.signatures``, which is not loaded for this."""
REVIEW_VERSIONS = ("v1", "v1beta1")
SHORTEST_LIFE = 60 * 60.0
LONGEST_LIFE = float(1 << 32)


def seconds(text: str) -> float:
    try:
        found = parse_duration(text) / SECOND
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if found < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is negative")
    return found


def token_life(text: str) -> int:
    found = seconds(text)
    if found and not SHORTEST_LIFE <= found <= LONGEST_LIFE:
        raise argparse.ArgumentTypeError("must be between 1 hour and 2^32 seconds")
    return int(found)


def words(text: str) -> tuple[str, ...]:
    """Separated by commas, or by lines where the option was repeated."""
    return tuple(word for line in lines(text) for word in line.split(",") if word)


def algorithms(text: str) -> tuple[str, ...]:
    found = words(text)
    for name in found:
        one_of(*ALGORITHMS)(name)
    return found


def pairs(text: str) -> dict[str, str]:
    found = {}
    for line in lines(text):
        key, equals, value = line.partition("=")
        if not equals or not key:
            raise argparse.ArgumentTypeError(f"{line!r} is not key=value")
        found[key] = value
    return found


TOKEN_FLAGS = (
    Flag(
        "--service-account-signing-key-file",
        "the key that signs service accounts' tokens (PEM, RSA or EC); else one in the data directory",
        read=optional_path,
        metavar="FILE",
    ),
    Flag(
        "--service-account-key-file",
        "further keys, public or private, whose tokens are taken; may be repeated",
        read=paths,
        metavar="FILE",
        repeated=True,
    ),
    Flag(
        "--service-account-issuer",
        "who issues service accounts' tokens; repeated: the first issues, all are taken",
        read=lines,
        metavar="URL",
        repeated=True,
    ),
    Flag("--service-account-jwks-uri", "where others find the keys of these tokens, if not here", metavar="URL"),
    Flag(
        "--service-account-max-token-expiration",
        "how long service accounts' tokens are good at the most; 0s: as long as is asked for",
        "0s",
        token_life,
        "DURATION",
    ),
    Flag(
        "--service-account-extend-token-expiration",
        "whether the tokens in pods are good for a year, and only noted when used after an hour: true or false",
        "true",
        switch,
        "BOOL",
    ),
    Flag(
        "--api-audiences",
        "what tokens for this server name as their audience, separated by commas; else the issuers",
        read=words,
        metavar="NAME,...",
        repeated=True,
    ),
)

OIDC_FLAGS = (
    Flag("--oidc-issuer-url", "an OpenID Connect provider whose tokens are taken", metavar="URL"),
    Flag("--oidc-client-id", "the audience of its tokens", metavar="ID"),
    Flag("--oidc-username-claim", "the claim that is the user's name", "sub", metavar="CLAIM"),
    Flag("--oidc-username-prefix", "what to put before names; else the issuer's URL and #; - for nothing"),
    Flag("--oidc-groups-claim", "the claim that holds the user's groups", metavar="CLAIM"),
    Flag("--oidc-groups-prefix", "what to put before the names of groups"),
    Flag(
        "--oidc-required-claim",
        "a claim its tokens must have, with this value; may be repeated",
        read=pairs,
        metavar="CLAIM=VALUE",
        repeated=True,
    ),
    Flag("--oidc-signing-algs", "what its tokens may be signed with", "RS256", algorithms, "NAME,...", repeated=True),
    Flag("--oidc-ca-file", "who vouches for the provider's certificate", read=optional_path, metavar="FILE"),
    Flag(
        "--oidc-jwks-file",
        "its keys, in a file; the provider itself is not asked (kubejazz alone has this option)",
        read=optional_path,
        metavar="FILE",
    ),
)

AUTHENTICATION_FLAGS = (
    Flag(
        "--authentication-config",
        "an AuthenticationConfiguration: issuers of tokens, who may be anonymous; taken up when it changes",
        read=optional_path,
        metavar="FILE",
    ),
    Flag(
        "--anonymous-auth",
        "whether requests without credentials are taken as system:anonymous: true or false",
        "true",
        switch,
        "BOOL",
    ),
    Flag("--token-auth-file", "further static tokens (CSV)", read=optional_path, metavar="FILE"),
    Flag(
        "--authentication-token-webhook-config-file",
        "a kubeconfig that says who is asked about tokens nobody here knows",
        read=optional_path,
        metavar="FILE",
    ),
    Flag(
        "--authentication-token-webhook-version",
        "the version of TokenReview it is sent",
        "v1",
        one_of(*REVIEW_VERSIONS),
        "VERSION",
    ),
    Flag(
        "--authentication-token-webhook-cache-ttl",
        "how long its answers are remembered",
        "2m0s",
        seconds,
        "DURATION",
    ),
)

AUTHORIZATION_FLAGS = (
    Flag(
        "--authorization-config",
        "an AuthorizationConfiguration: who is asked, in which order; taken up when it changes",
        read=optional_path,
        metavar="FILE",
    ),
    Flag(
        "--authorization-webhook-config-file",
        "a kubeconfig that says who is asked in the mode Webhook",
        read=optional_path,
        metavar="FILE",
    ),
    Flag(
        "--authorization-webhook-version",
        "the version of SubjectAccessReview it is sent",
        "v1",
        one_of(*REVIEW_VERSIONS),
        "VERSION",
    ),
    Flag(
        "--authorization-webhook-cache-authorized-ttl",
        "how long its yes is remembered",
        "5m0s",
        seconds,
        "DURATION",
    ),
    Flag(
        "--authorization-webhook-cache-unauthorized-ttl",
        "how long its no is remembered",
        "30s",
        seconds,
        "DURATION",
    ),
)

ADMISSION_FLAGS = (
    Flag(
        "--enable-admission-plugins",
        "admission plugins to use besides those that are on by default, by kube-apiserver's names",
        read=words,
        metavar="NAME,...",
        repeated=True,
    ),
    Flag(
        "--disable-admission-plugins",
        "admission plugins not to use though they are on by default",
        read=words,
        metavar="NAME,...",
        repeated=True,
    ),
    Flag(
        "--admission-control-config-file",
        "an AdmissionConfiguration: what PodSecurity and PodNodeSelector are told",
        read=optional_path,
        metavar="FILE",
    ),
)

ACCESS_FLAGS: tuple[Flag, ...] = (
    *TOKEN_FLAGS,
    *OIDC_FLAGS,
    *AUTHENTICATION_FLAGS,
    *AUTHORIZATION_FLAGS,
    *ADMISSION_FLAGS,
)
