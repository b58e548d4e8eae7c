"""ServiceAccount: every pod runs as a service account, whose token its containers get and whose secrets bound its own.

Source: k8s.io/kubernetes plugin/pkg/admission/serviceaccount; the sentences are upstream's.
"""

from __future__ import annotations

import asyncio
from random import Random

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.mirror_pods import is_mirror
from server.admission.mountable_secrets import is_enforced, trouble_of_ephemeral_containers, trouble_of_pod
from server.admission.refusal import forbidden
from server.admission.token_volume import mount_token, should_mount
from server.authz.node.references import secret_names
from storage.cache import ResourceCache

SERVICE_ACCOUNTS = GroupResource("", "serviceaccounts")
_PODS = GroupResource("", "pods")
_DEFAULT = "default"
_PATIENCE = 1.5
_LOOK_AGAIN = 0.02  # seconds


class ServiceAccount:
    """``patience``: seconds to wait for a namespace's ``default`` account, which a controller makes."""

    name = "ServiceAccount"

    def __init__(self, accounts: ResourceCache, *, patience: float = _PATIENCE, random: Random | None = None) -> None:
        self._accounts = accounts
        self._patience = patience
        self._random = random or Random()

    async def mutate(self, attributes: Attributes) -> None:
        pod = attributes.obj
        if attributes.group_resource != _PODS or attributes.subresource or attributes.operation != "CREATE":
            return
        if pod is None or is_mirror(pod):
            return
        spec = pod["spec"]
        if not spec.get("serviceAccountName"):
            spec["serviceAccountName"] = spec["serviceAccount"] = _DEFAULT
        account = await self._expected(attributes, spec["serviceAccountName"])
        if should_mount(account, pod):
            mount_token(pod, self._random)
        pulling = account.get("imagePullSecrets")
        if pulling and not spec.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [{"name": reference.get("name", "")} for reference in pulling]

    async def validate(self, attributes: Attributes) -> None:
        pod = attributes.obj
        if attributes.group_resource != _PODS or pod is None:
            return
        if attributes.operation == "UPDATE" and attributes.subresource == "ephemeralcontainers":
            account = self._account(attributes, pod["spec"].get("serviceAccountName", ""))
            if is_enforced(account) and (trouble := trouble_of_ephemeral_containers(account, pod)):
                raise forbidden(attributes, trouble)
        elif attributes.operation == "CREATE" and not attributes.subresource:
            self._check_new(attributes, pod)

    def _check_new(self, attributes: Attributes, pod: Object) -> None:
        if is_mirror(pod):
            if trouble := _mirror_trouble(pod):
                raise forbidden(attributes, trouble)
            return
        account = self._account(attributes, pod["spec"].get("serviceAccountName", ""))
        if is_enforced(account) and (trouble := trouble_of_pod(account, pod)):
            raise forbidden(attributes, trouble)

    async def _expected(self, attributes: Attributes, name: str) -> Object:
        """The account, waited for where one is about to be made."""
        left = self._patience if name == _DEFAULT else 0.0
        while self._accounts.get(attributes.namespace, name) is None and left > 0:
            await asyncio.sleep(_LOOK_AGAIN)
            left -= _LOOK_AGAIN
        return self._account(attributes, name)

    def _account(self, attributes: Attributes, name: str) -> Object:
        if not name:
            where = f"{attributes.namespace}/{attributes.name}"
            raise forbidden(attributes, f"no service account specified for pod {where}")
        account = found(self._accounts, attributes.namespace, name)
        if account is None:
            why = f"error looking up service account {attributes.namespace}/{name}: "
            raise forbidden(attributes, f'{why}serviceaccount "{name}" not found')
        return account


def _mirror_trouble(pod: Object) -> str:
    if pod["spec"].get("serviceAccountName"):
        return "a mirror pod may not reference service accounts"
    if any(secret_names(pod)):
        return "a mirror pod may not reference secrets"
    for volume in pod["spec"].get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            if "serviceAccountToken" in source:
                return "a mirror pod may not use ServiceAccountToken volume projections"
    return ""
