"""How this server shows to aggregated servers that it is the front proxy, and how they learn whom to believe.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/; pkg/controlplane/controller/
clusterauthenticationtrust.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import orjson

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import NotFound
from server.api import Api
from server.authn.user import MASTERS, User
from server.bootstrap import ensure
from server.registry.context import WriteContext

AGGREGATOR = User("system:kube-aggregator", groups=(MASTERS,))
"""Who checks and discovers, as aggregated servers see it."""
CLIENT_NAME = "front-proxy-client"
_NAMESPACE, _NAME = "kube-system", "extension-apiserver-authentication"
_CONFIG_MAPS = GroupResource("", "configmaps")
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"update"}'
_SAFE = "!#$&'*+-.^_`|~"
"""What a header's name may have besides letters and digits; everything else of an extra's key is percent-encoded."""


@dataclass(frozen=True, slots=True)
class FrontProxy:
    """``certificate`` and ``key`` are files of a client certificate for CLIENT_NAME, issued by ``authority``, PEM;
    ``client_authority``, PEM: who issues the certificates of this server's own clients."""

    certificate: Path
    key: Path
    authority: str
    client_authority: str

    def tls(self, ca_bundle: bytes, insecure: bool) -> ssl.SSLContext:
        """For connections to an aggregated server. Raises ssl.SSLError for a bundle that is none."""
        context = ssl.create_default_context(cadata=ca_bundle.decode("ascii", "replace") if ca_bundle else None)
        if insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(self.certificate, self.key)
        return context


def user_headers(user: User) -> Iterator[tuple[bytes, bytes]]:
    """Who asks, for a server that believes this one."""
    yield b"x-remote-user", user.name.encode()
    if user.uid:
        yield b"x-remote-uid", user.uid.encode()
    for group in user.groups:
        yield b"x-remote-group", group.encode()
    for key, values in user.extra.items():
        for value in values:
            yield b"x-remote-extra-" + quote(key.lower(), safe=_SAFE).encode(), value.encode()


async def publish_trust(api: Api, proxy: FrontProxy) -> None:
    """Keep kube-system/extension-apiserver-authentication, from which aggregated servers take their configuration."""
    wanted = _config_map(proxy)
    await ensure(api, _CONFIG_MAPS, wanted)

    async def transform(live: Object | None) -> Object:
        if live is None:
            raise NotFound.of(_CONFIG_MAPS, _NAME)
        return {**live, "data": {**(live.get("data") or {}), **wanted["data"]}}

    context = WriteContext(namespace=_NAMESPACE, actor=_ACTOR)
    await api.registries[_CONFIG_MAPS].update(context, _NAME, transform)


def _config_map(proxy: FrontProxy) -> Object:
    def listed(*values: str) -> str:
        return orjson.dumps(values).decode()

    return {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": _NAME, "namespace": _NAMESPACE},
        "data": {
            "client-ca-file": proxy.client_authority,
            "requestheader-allowed-names": listed(CLIENT_NAME),
            "requestheader-client-ca-file": proxy.authority,
            "requestheader-extra-headers-prefix": listed("X-Remote-Extra-"),
            "requestheader-group-headers": listed("X-Remote-Group"),
            "requestheader-uid-headers": listed("X-Remote-Uid"),
            "requestheader-username-headers": listed("X-Remote-User"),
        },
    }
