"""What others need to verify service accounts' tokens by themselves: the issuer's metadata and its keys.

Source: k8s.io/kubernetes pkg/routes/openidmetadata.go, pkg/serviceaccount/openidmetadata.go;
OpenID Connect Discovery 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from server.authn.jwk import key_set
from server.authn.service_account import TokenConfig
from server.authn.signatures import algorithm_of
from server.request import Answer, Handler, Request, Response

CONFIGURATION = "/.well-known/openid-configuration"
KEYS = "/openid/v1/jwks"

_CACHED = [(b"cache-control", b"public, max-age=3600")]


def openid_handlers(config: TokenConfig, address: str) -> Mapping[str, Handler]:
    """None of them if the issuer cannot be discovered: its name is no https URL, as upstream has it."""
    issuer = config.issuers[0]
    if not issuer.startswith("https://") or "?" in issuer or "#" in issuer:
        return {}
    keys = config.verifying
    about = {
        "issuer": issuer,
        "jwks_uri": config.jwks_uri or f"https://{address}{KEYS}",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": sorted({algorithm_of(key) for key in keys}),
    }
    return {
        CONFIGURATION: _serving(orjson.dumps(about), b"application/json"),
        KEYS: _serving(key_set(keys), b"application/jwk-set+json"),
    }


def _serving(body: bytes, content_type: bytes) -> Handler:
    async def handle(request: Request) -> Answer:
        return Response(200, body, content_type, list(_CACHED))

    return handle
