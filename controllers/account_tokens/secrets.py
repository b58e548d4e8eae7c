"""What a Secret of a service account's token holds, and what it lacks. Pure functions."""

from __future__ import annotations

import base64
from collections.abc import Callable

from apimachinery.objects import Object, name_of, namespace_of

TYPE = "kubernetes.io/service-account-token"
ACCOUNT_NAME = "kubernetes.io/service-account.name"
ACCOUNT_UID = "kubernetes.io/service-account.uid"
LAST_USED = "kubernetes.io/legacy-token-last-used"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"


def account_of(secret: Object) -> tuple[str, str]:
    """The name and the uid of the account it is for; "" for what it does not say."""
    annotations = secret["metadata"].get("annotations") or {}
    return annotations.get(ACCOUNT_NAME, ""), annotations.get(ACCOUNT_UID, "")


def lacks(secret: Object, certificates: str) -> bool:
    data = secret.get("data") or {}
    if not data.get("token") or not data.get("namespace"):
        return True
    return bool(certificates) and data.get("ca.crt") != _encoded(certificates)


def filled(secret: Object, account: Object, certificates: str, token: Callable[[], str]) -> Object:
    """The Secret with what it lacked; a token that it holds stays."""
    data = dict(secret.get("data") or {})
    if certificates:
        data["ca.crt"] = _encoded(certificates)
    if not data.get("namespace"):
        data["namespace"] = _encoded(namespace_of(secret))
    if not data.get("token"):
        data["token"] = _encoded(token())
    annotations = {
        **(secret["metadata"].get("annotations") or {}),
        ACCOUNT_NAME: name_of(account),
        ACCOUNT_UID: account["metadata"]["uid"],
    }
    return {**secret, "metadata": {**secret["metadata"], "annotations": annotations}, "data": data}


def names(account: Object, secret_name: str) -> bool:
    """Whether the account lists that Secret among its own."""
    return any(entry.get("name") == secret_name for entry in account.get("secrets") or ())


def without(account: Object, secret_name: str) -> Object:
    kept = [entry for entry in account.get("secrets") or () if entry.get("name") != secret_name]
    return {**account, "secrets": kept}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
