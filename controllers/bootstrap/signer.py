"""Signs the ConfigMap ``cluster-info`` with every bootstrap token that may: who knows a token can trust it.

A signature is a detached JWS (RFC 7515, appendix F) with HMAC-SHA-256 keyed by the token's secret.
Source: k8s.io/kubernetes pkg/controller/bootstrap/bootstrapsigner.go, k8s.io/cluster-bootstrap token/jws.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

import orjson

from apimachinery.objects import Object
from apimachinery.status import Conflict, NotFound
from client.resources import CONFIGMAPS, SECRETS
from controllers.bootstrap.tokens import TYPE, for_signing, is_token
from controllers.controller import Context, Controller, Loop

NAME = "bootstrap-signer-controller"
NAMESPACE = "kube-public"
CLUSTER_INFO = "cluster-info"
KUBECONFIG = "kubeconfig"
PREFIX = "jws-kubeconfig-"
_KEY = f"{NAMESPACE}/{CLUSTER_INFO}"


def signature(content: str, identifier: str, key: str) -> str:
    header = _encode(orjson.dumps({"alg": "HS256", "kid": identifier}))
    signed = f"{header}.{_encode(content.encode())}"
    return f"{header}..{_encode(hmac.digest(key.encode(), signed.encode(), hashlib.sha256))}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def wanted(data: Mapping[str, str], tokens: Mapping[str, str]) -> dict[str, str]:
    """The map's data with a signature for each token, by its id, and no other."""
    content = data[KUBECONFIG]
    rest = {name: value for name, value in data.items() if not name.startswith(PREFIX)}
    return rest | {f"{PREFIX}{identifier}": signature(content, identifier, key) for identifier, key in tokens.items()}


class BootstrapSigner:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        secrets = context.informer(SECRETS, field_selector=f"type={TYPE}")
        maps = context.informer(CONFIGMAPS, field_selector=f"metadata.name={CLUSTER_INFO}")
        self._secrets, self._maps = secrets.store, maps.store
        for informer in (secrets, maps):
            informer.add_handler(self._changed, lambda old, new: self._changed(new), self._changed)

    def sync(self, key: str) -> None:
        info = self._maps.get(key)
        data = (info or {}).get("data") or {}
        if info is None or KUBECONFIG not in data:
            return
        new = wanted(data, self._tokens())
        if new == data:
            return
        try:
            self._client.update(CONFIGMAPS, NAMESPACE, CLUSTER_INFO, {**info, "data": new})
        except (NotFound, Conflict):
            return  # the informer will tell

    def _tokens(self) -> dict[str, str]:
        now = self._clock.now()
        found = (for_signing(secret, now) for secret in self._secrets.list() if is_token(secret))
        return dict(sorted(token for token in found if token is not None))

    def _changed(self, obj: Object) -> None:
        self.queue.add(_KEY)


def build_bootstrap_signer(context: Context) -> Controller:
    signer = BootstrapSigner(context)
    return Controller(NAME, (Loop(signer.queue, signer.sync),))
