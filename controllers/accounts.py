"""Clients for the controllers, each as a service account of its own in ``kube-system``.

The account has the controller's name, with few exceptions: the names are those upstream's bootstrap policy gives
rights to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from client.account import account_configuration
from client.api import Client
from client.credentials import load_configuration
from controllers.manager import CONTROLLERS

NAMESPACE = "kube-system"

_OTHERS: Mapping[str, str] = {
    "replicationcontroller-controller": "replication-controller",
    "garbage-collector-controller": "generic-garbage-collector",
    "serviceaccount-controller": "service-account-controller",
    "node-lifecycle-controller": "node-controller",
    "taint-eviction-controller": "node-controller",
    "pod-garbage-collector-controller": "pod-garbage-collector",
    "endpoints-controller": "endpoint-controller",
    "service-cidr-controller": "service-cidrs-controller",
    "endpointslice-mirroring-controller": "endpointslicemirroring-controller",
    "root-ca-certificate-publisher-controller": "root-ca-cert-publisher",
    "daemonset-controller": "daemon-set-controller",
    "horizontal-pod-autoscaler-controller": "horizontal-pod-autoscaler",
    "persistentvolumeclaim-protection-controller": "pvc-protection-controller",
    "persistentvolume-expander-controller": "expand-controller",
    "host-path-provisioner-controller": "persistent-volume-binder",
    "persistentvolume-binder-controller": "persistent-volume-binder",
    "persistentvolume-protection-controller": "pv-protection-controller",
    "certificatesigningrequest-approving-controller": "certificate-controller",
    "certificatesigningrequest-signing-controller": "certificate-controller",
    "certificatesigningrequest-cleaner-controller": "certificate-controller",
    "token-cleaner-controller": "token-cleaner",
    "legacy-serviceaccount-token-cleaner-controller": "legacy-service-account-token-cleaner",
    "bootstrap-signer-controller": "bootstrap-signer",
}


def account_of(controller: str) -> str:
    return _OTHERS.get(controller, controller)


AS_USER = frozenset(("serviceaccount-token-controller",))
"""Controllers without an account: they do what makes accounts usable."""

_NAMES = frozenset(entry.name for entry in CONTROLLERS)


class Clients:
    """``client_for`` for the manager. What the controllers share (informers, the leader's lease) is done in the name
    of the kubeconfig's user, who must be allowed to make tokens. Close it after the manager has ended."""

    def __init__(self, kubeconfig: str, *, version: str, make: Callable[..., Client] = Client) -> None:
        """Raises ConfigError."""
        self._kubeconfig = kubeconfig
        self._version = version
        self._make = make
        self._own = self._as_user("tokens")

    def client_for(self, name: str) -> Client:
        if name not in _NAMES or name in AS_USER:
            return self._as_user(name)
        configuration = account_configuration(self._own, self._kubeconfig, NAMESPACE, account_of(name))
        return self._make(configuration, user_agent=agent(self._version, name))

    def close(self) -> None:
        self._own.close()

    def _as_user(self, name: str) -> Client:
        return self._make(load_configuration(self._kubeconfig, None), user_agent=agent(self._version, name))


def agent(version: str, name: str) -> str:
    """The user agent of a controller: they share the manager's name, which is the field manager."""
    return f"kube-controller-manager/{version} {name}"
