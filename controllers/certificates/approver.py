"""Approves kubelets' requests for client certificates, if who asks may have such a certificate.

A node may renew its own (``selfnodeclient``), somebody who lets nodes join may get any node's (``nodeclient``).
Source: k8s.io/kubernetes pkg/controller/certificates/approver/sarapprove.go.
"""

from __future__ import annotations

from cryptography import x509

from apimachinery.objects import Object, name_of
from apimachinery.timefmt import format_time
from client.errors import TryAgain
from client.resources import CERTIFICATESIGNINGREQUESTS, SUBJECTACCESSREVIEWS
from controllers.certificates.conditions import decided
from controllers.certificates.requests import (
    KUBELET_CLIENT,
    BadRequest,
    check_kubelet_client,
    common_name,
    parsed,
    usages_of,
)
from controllers.controller import Context, Controller, Loop

NAME = "certificatesigningrequest-approving-controller"
_SELF = ("selfnodeclient", "Auto approving self kubelet client certificate after SubjectAccessReview.")
_NODE = ("nodeclient", "Auto approving kubelet client certificate after SubjectAccessReview.")


def recognized(request: Object, csr: x509.CertificateSigningRequest) -> list[tuple[str, str]]:
    """The permissions any of which is enough, with the messages of the approval."""
    if request["spec"].get("signerName") != KUBELET_CLIENT:
        return []
    try:
        check_kubelet_client(csr, usages_of(request))
    except BadRequest:
        return []
    own = request["spec"].get("username", "") == common_name(csr)
    return [_SELF, _NODE] if own else [_NODE]


class Approver:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        requests = context.informer(CERTIFICATESIGNINGREQUESTS)
        self._requests = requests.store
        requests.add_handler(self._enqueue, lambda old, new: self._enqueue(new), None)

    def sync(self, name: str) -> None:
        request = self._requests.get(name)
        if request is None or decided(request):
            return
        try:
            permissions = recognized(request, parsed(request))
        except BadRequest:
            return
        for permission, message in permissions:
            if self._may(request, permission):
                self._approve(request, message)
                return
        if permissions:
            tried = " ".join(permission for permission, _ in permissions)
            raise TryAgain(f'recognized csr "{name}" as [{tried}] but subject access review was not approved')

    def _may(self, request: Object, permission: str) -> bool:
        """Whether the requester, as the API server recorded them, may create such a request."""
        spec = request["spec"]
        attributes = {
            "group": "certificates.k8s.io",
            "version": "*",
            "resource": "certificatesigningrequests",
            "subresource": permission,
            "verb": "create",
        }
        asked = {name: spec[name] for name in ("uid", "groups", "extra") if spec.get(name)}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": spec.get("username", ""), **asked, "resourceAttributes": attributes},
        }
        answer = self._client.create(SUBJECTACCESSREVIEWS, "", review)
        return bool((answer.get("status") or {}).get("allowed"))

    def _approve(self, request: Object, message: str) -> None:
        status = request.get("status") or {}
        now = format_time(self._clock.now())
        approved = {
            "type": "Approved",
            "status": "True",
            "reason": "AutoApproved",
            "message": message,
            "lastUpdateTime": now,
        }
        new = {**request, "status": {**status, "conditions": [*(status.get("conditions") or ()), approved]}}
        self._client.update(CERTIFICATESIGNINGREQUESTS, "", name_of(request), new, subresource="approval")

    def _enqueue(self, request: Object) -> None:
        if not decided(request):
            self.queue.add(name_of(request))


def build_approver(context: Context) -> Controller:
    approver = Approver(context)
    return Controller(NAME, (Loop(approver.queue, approver.sync, 5),))
