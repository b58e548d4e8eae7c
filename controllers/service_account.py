"""Every active namespace has its ServiceAccount ``default``.

Source: k8s.io/kubernetes pkg/controller/serviceaccount/serviceaccounts_controller.go.
"""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from apimachinery.status import AlreadyExists, NotFound, StatusError
from client.resources import NAMESPACES, SERVICEACCOUNTS
from controllers.controller import Context, Controller, Loop
from controllers.shared.pods import NAMESPACE_TERMINATING

NAMES = ("default",)


def missing(namespace: Object | None, has: set[str]) -> list[str]:
    """The accounts to create in a namespace, given the names of those it has."""
    if namespace is None or is_terminating(namespace):
        return []
    if (namespace.get("status") or {}).get("phase") != "Active":
        return []
    return [name for name in NAMES if name not in has]


class ServiceAccounts:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self.queue = context.queue()
        namespaces = context.informer(NAMESPACES)
        accounts = context.informer(SERVICEACCOUNTS)
        self._namespaces, self._accounts = namespaces.store, accounts.store
        namespaces.add_handler(self._namespace_changed, lambda old, new: self._namespace_changed(new))
        accounts.add_handler(on_delete=self._account_deleted)

    def sync(self, key: str) -> None:
        has = {name for name in NAMES if self._accounts.get(f"{key}/{name}") is not None}
        for name in missing(self._namespaces.get(key), has):
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": key}}
            try:
                self._client.create(SERVICEACCOUNTS, key, account)
            except (AlreadyExists, NotFound):
                continue
            except StatusError as error:
                if not error.has_cause(NAMESPACE_TERMINATING):
                    raise

    def _namespace_changed(self, namespace: Object) -> None:
        self.queue.add(name_of(namespace))

    def _account_deleted(self, account: Object) -> None:
        if name_of(account) in NAMES:
            self.queue.add(namespace_of(account))


def build_service_account(context: Context) -> Controller:
    accounts = ServiceAccounts(context)
    return Controller("serviceaccount-controller", (Loop(accounts.queue, accounts.sync),))
