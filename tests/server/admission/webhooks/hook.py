"""A webhook for tests, over HTTPS, on the loop of the server that asks it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from apimachinery.objects import Object
from kubejazz.pki import issue_server, new_authority
from tests.server.harness import Server
from tests.server.outbound.fake import Answer, Asked, Fake

CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1"
PODS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["pods"]}

Decide = Callable[[Object], Object]
"""From the request of a review to (what is said of) its response."""


class Webhook:
    """``requests`` are those of the reviews it was asked; it allows, and what ``decide`` says besides."""

    def __init__(self, server: Server, folder: Path, decide: Decide = lambda request: {}) -> None:
        self._server = server
        now = datetime.now(UTC)
        authority = new_authority(now)
        self._authority = authority.certificate_pem
        serving = issue_server(authority, ["127.0.0.1", "hook.default.svc"], now)
        pair = folder / f"hook-{id(self)}.pem"
        pair.write_bytes(serving.certificate_pem + serving.key_pem)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(pair)
        self.decide = decide
        self.fake = Fake(self._answer)
        self._listener = server.run(asyncio.start_server(self.fake.serve, "127.0.0.1", 0, ssl=tls))
        self.port: int = self._listener.sockets[0].getsockname()[1]

    def _answer(self, asked: Asked) -> Answer:
        request = asked.json["request"]
        response = {"uid": request["uid"], "allowed": True, **self.decide(request)}
        return Answer(body={"kind": "AdmissionReview", "apiVersion": asked.json["apiVersion"], "response": response})

    @property
    def requests(self) -> list[Object]:
        return [asked.json["request"] for asked in self.fake.asked]

    def client(self) -> Object:
        bundle = base64.b64encode(self._authority).decode()
        return {"url": f"https://127.0.0.1:{self.port}/review", "caBundle": bundle}

    def configure(self, kind: str = "Validating", name: str = "hooks.example.com", **webhook: Any) -> None:
        """Register it alone in a configuration of its own."""
        hook = {
            "name": name,
            "clientConfig": self.client(),
            "rules": [PODS],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            **webhook,
        }
        obj = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": f"{kind}WebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [hook],
        }
        answer = self._server.post(f"{CONFIGURATIONS}/{kind.lower()}webhookconfigurations", obj)
        assert answer.status == 201, answer.text

    def close(self) -> None:
        async def close() -> None:
            self._listener.close()

        self._server.run(close())


def patching(*operations: Object) -> Object:
    return {"patchType": "JSONPatch", "patch": base64.b64encode(orjson.dumps(operations)).decode()}


def add(path: str, value: Any) -> Object:
    return {"op": "add", "path": path, "value": value}
