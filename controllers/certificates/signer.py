"""Signs approved requests of the four signers of Kubernetes, or says why it does not.

Source: k8s.io/kubernetes pkg/controller/certificates/signer/signer.go.
"""

from __future__ import annotations

import base64

from apimachinery.objects import Object, name_of
from apimachinery.timefmt import format_time
from client.resources import CERTIFICATESIGNINGREQUESTS
from controllers.certificates.authority import Authority
from controllers.certificates.conditions import to_be_signed
from controllers.certificates.requests import CHECKS, BadRequest, parsed, usages_of
from controllers.controller import Context, Controller, Loop

NAME = "certificatesigningrequest-signing-controller"


class Signer:
    def __init__(self, context: Context, authority: Authority) -> None:
        self._client = context.client
        self._clock = context.clock
        self._authority = authority
        self.queue = context.queue()
        requests = context.informer(CERTIFICATESIGNINGREQUESTS)
        self._requests = requests.store
        requests.add_handler(self._enqueue, lambda old, new: self._enqueue(new), None)

    def sync(self, name: str) -> None:
        """Raises AuthorityError, and BadRequest for what can never be signed but is not the signer's to refuse."""
        request = self._requests.get(name)
        if request is None or not _is_ours(request):
            return
        csr = parsed(request)
        spec = request["spec"]
        try:
            CHECKS[spec["signerName"]](csr, usages_of(request))
        except BadRequest as error:
            self._write(request, conditions=[*request["status"]["conditions"], self._failed(str(error))])
            return
        pem = self._authority.sign(csr, spec.get("usages") or (), spec.get("expirationSeconds"), self._clock.now())
        self._write(request, certificate=base64.b64encode(pem).decode())

    def _failed(self, why: str) -> Object:
        now = format_time(self._clock.now())
        condition = {"type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": why}
        return {**condition, "lastUpdateTime": now}

    def _write(self, request: Object, **status: object) -> None:
        new = {**request, "status": {**(request.get("status") or {}), **status}}
        self._client.update(CERTIFICATESIGNINGREQUESTS, "", name_of(request), new, subresource="status")

    def _enqueue(self, request: Object) -> None:
        if _is_ours(request):
            self.queue.add(name_of(request))


def _is_ours(request: Object) -> bool:
    return request["spec"].get("signerName") in CHECKS and to_be_signed(request)


def build_signer(context: Context) -> Controller:
    """Without an authority there is nothing to do. Raises AuthorityError."""
    settings = context.settings
    if settings.signing_certificate is None or settings.signing_key is None:
        return Controller(NAME, ())
    authority = Authority(settings.signing_certificate, settings.signing_key, settings.signing_duration)
    signer = Signer(context, authority)
    return Controller(NAME, (Loop(signer.queue, signer.sync, 5),))
