"""Makes the API server's authenticators and authorizers out of its options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from apimachinery.clock import Clock
from kubejazz.errors import UserError
from kubejazz.options import AUTHORIZATION_MODES
from server.admission.configuration import PluginSettings, read_plugin_settings
from server.authn.anonymous import HEALTH_PATHS, AnonymousAuthenticator
from server.authn.authenticator import Authenticator
from server.authn.bearer import ForAudiences, TokenAuthenticator
from server.authn.configured import ConfiguredAuthentication
from server.authn.jwk import KeySetError
from server.authn.keyfile import read_private_key, read_public_keys
from server.authn.oidc.authenticator import OidcTokens
from server.authn.oidc.config import OidcOptions, issuer_of
from server.authn.service_account import ISSUER, TokenConfig
from server.authn.signatures import PrivateKey
from server.authn.token_file import TokenFileAuthenticator
from server.authn.webhook import WebhookTokens
from server.authz.config import WEBHOOK, Webhook
from server.authz.modes import Authorization
from server.authz.webhook import WebhookConfig
from server.outbound.kubeconfig import KubeconfigError, read_remote
from server.outbound.review import Reviewer

_ANYBODY = AUTHORIZATION_MODES[0]

Flags = Mapping[str, Any]


class Authentication(NamedTuple):
    tokens: tuple[TokenAuthenticator, ...]
    """In the order they are asked."""
    anonymous: Authenticator | None


def token_config(flags: Flags, key: PrivateKey) -> TokenConfig:
    """``key``: the one in the data directory, which is taken also when another signs. Raises ConfigFileError."""
    file = flags["service_account_signing_key_file"]
    further = [each for path in flags["service_account_key_file"] for each in read_public_keys(path)]
    return TokenConfig(
        key=read_private_key(file) if file else key,
        keys=(*further, *((key.public_key(),) if file else ())),
        issuers=flags["service_account_issuer"] or (ISSUER,),
        api_audiences=flags["api_audiences"],
        longest=flags["service_account_max_token_expiration"],
        extend=flags["service_account_extend_token_expiration"],
        jwks_uri=flags["service_account_jwks_uri"],
    )


def authentication(
    flags: Flags, static: Path, tokens: TokenConfig, modes: Sequence[str], clock: Clock
) -> Authentication:
    """``static``: the data directory's token file. Raises UserError, ConfigFileError, TokenFileError."""
    files = (static, flags["token_auth_file"])
    found: list[TokenAuthenticator] = [
        ForAudiences(TokenFileAuthenticator.from_file(path), tokens.audiences) for path in files if path
    ]
    anonymous = _anonymous(flags, modes)
    if flags["authentication_config"]:
        if flags["oidc_issuer_url"]:
            raise UserError("--authentication-config and --oidc-issuer-url cannot both be given")
        configured = ConfiguredAuthentication(
            flags["authentication_config"], tokens.audiences, tokens.issuers, anonymous, clock
        )
        found.append(configured)
        anonymous = configured
    elif flags["oidc_issuer_url"]:
        found.append(ForAudiences(_oidc(flags, tokens, clock), tokens.audiences))
    if flags["authentication_token_webhook_config_file"]:
        found.append(_webhook(flags, tokens, clock))
    return Authentication(tuple(found), anonymous)


def _anonymous(flags: Flags, modes: Sequence[str]) -> Authenticator | None:
    """Where everybody may do everything, whoever is unknown may look after the server's health at the most."""
    if not flags["anonymous_auth"]:
        return None
    return AnonymousAuthenticator(HEALTH_PATHS if _ANYBODY in modes else ())


def _oidc(flags: Flags, tokens: TokenConfig, clock: Clock) -> OidcTokens:
    if not flags["oidc_client_id"]:
        raise UserError("--oidc-issuer-url and --oidc-client-id must be given together")
    authority, keys = flags["oidc_ca_file"], flags["oidc_jwks_file"]
    try:
        options = OidcOptions(
            issuer_url=flags["oidc_issuer_url"],
            client_id=flags["oidc_client_id"],
            username_claim=flags["oidc_username_claim"],
            username_prefix=flags["oidc_username_prefix"],
            groups_claim=flags["oidc_groups_claim"],
            groups_prefix=flags["oidc_groups_prefix"],
            required_claims=flags["oidc_required_claim"],
            authority=authority.read_text() if authority else "",
            jwks_file=str(keys) if keys else "",
        )
        return OidcTokens([issuer_of(options, tokens.issuers)], clock, flags["oidc_signing_algs"])
    except (OSError, KeySetError) as error:
        raise UserError(f"cannot use the OpenID Connect provider: {error}") from error


def _webhook(flags: Flags, tokens: TokenConfig, clock: Clock) -> WebhookTokens:
    try:
        reviewer = Reviewer(read_remote(flags["authentication_token_webhook_config_file"]))
    except KubeconfigError as error:
        raise UserError(str(error)) from error
    seconds, version = flags["authentication_token_webhook_cache_ttl"], flags["authentication_token_webhook_version"]
    return WebhookTokens(reviewer, tokens.audiences, seconds, clock, version)


def authorization(flags: Flags, modes: tuple[str, ...]) -> Authorization:
    """Raises UserError."""
    file = flags["authorization_webhook_config_file"]
    if (WEBHOOK in modes) is not bool(file):
        raise UserError("--authorization-webhook-config-file and the mode Webhook go together")
    if not file:
        return Authorization(modes, file=flags["authorization_config"])
    config = WebhookConfig(
        name="default",
        allowed_ttl=flags["authorization_webhook_cache_authorized_ttl"],
        refused_ttl=flags["authorization_webhook_cache_unauthorized_ttl"],
        version=flags["authorization_webhook_version"],
    )
    try:
        return Authorization(modes, Webhook(read_remote(file), 30.0, config))
    except KubeconfigError as error:
        raise UserError(str(error)) from error


def plugin_settings(flags: Flags) -> PluginSettings:
    """Raises ConfigFileError."""
    file = flags["admission_control_config_file"]
    return read_plugin_settings(file) if file else PluginSettings()
