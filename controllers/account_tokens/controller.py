"""Fills the Secrets that ask for a service account's token, and removes those whose account is gone."""

from __future__ import annotations

from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.status import Conflict, NotFound
from client.resources import SECRETS, SERVICEACCOUNTS
from controllers.account_tokens.secrets import TYPE, account_of, filled, lacks, names, without
from controllers.account_tokens.signing import PrivateKey, legacy_claims, load_key, sign
from controllers.controller import Context, Controller, Loop

NAME = "serviceaccount-token-controller"
WORKERS = 5
_ACCOUNT = "account"


def _by_account(secret: Object) -> tuple[str, ...]:
    name, _ = account_of(secret)
    return (f"{namespace_of(secret)}/{name}",) if name and secret.get("type") == TYPE else ()


class AccountTokens:
    """The keys of Secrets."""

    def __init__(self, context: Context, key: PrivateKey) -> None:
        self._client = context.client
        self._key = key
        self._certificates = context.client.certificate_authority()
        self.queue = context.queue()
        secrets = context.informer(SECRETS, field_selector=f"type={TYPE}", indexers={_ACCOUNT: _by_account})
        accounts = context.informer(SERVICEACCOUNTS)
        self._secrets, self._accounts = secrets.store, accounts.store
        self._gone: dict[str, Object] = {}
        """Secrets that went, until their accounts no longer name them."""
        secrets.add_handler(self._seen, lambda old, new: self._seen(new), self._secret_gone)
        accounts.add_handler(on_delete=self._account_gone)

    def sync(self, key: str) -> None:
        secret = self._secrets.get(key)
        if secret is None:
            gone = self._gone.get(key)
            if gone is not None:
                self._forget(gone)
                del self._gone[key]
            return
        if not account_of(secret)[0]:
            return
        account = self._account_of(secret)
        if account is None:
            self._delete(secret)
        elif lacks(secret, self._certificates):
            self._fill(secret, account)

    def _account_of(self, secret: Object) -> Object | None:
        """The API is asked before a Secret is given up: the cache may not have heard of its account."""
        name, uid = account_of(secret)
        account = self._accounts.get(f"{namespace_of(secret)}/{name}")
        if account is None or uid not in ("", account["metadata"]["uid"]):
            try:
                account = self._client.get(SERVICEACCOUNTS, namespace_of(secret), name)
            except NotFound:
                return None
        return account if uid in ("", account["metadata"]["uid"]) else None

    def _fill(self, secret: Object, account: Object) -> None:
        namespace, name = namespace_of(secret), name_of(secret)
        live = self._client.get(SECRETS, namespace, name)
        if live["metadata"]["resourceVersion"] != secret["metadata"]["resourceVersion"]:
            return  # its newer version will be seen
        new = filled(live, account, self._certificates, lambda: sign(legacy_claims(account, live), self._key))
        try:
            self._client.update(SECRETS, namespace, name, new)
        except (Conflict, NotFound):
            return

    def _delete(self, secret: Object) -> None:
        try:
            self._client.delete(SECRETS, namespace_of(secret), name_of(secret), uid=secret["metadata"]["uid"])
        except (Conflict, NotFound):
            return

    def _forget(self, secret: Object) -> None:
        """The account no longer names a Secret that is gone."""
        namespace, (name, uid) = namespace_of(secret), account_of(secret)
        known = self._accounts.get(f"{namespace}/{name}")
        if known is None or not names(known, name_of(secret)):
            return
        account = self._client.get(SERVICEACCOUNTS, namespace, name)
        if uid in ("", account["metadata"]["uid"]) and names(account, name_of(secret)):
            self._client.update(SERVICEACCOUNTS, namespace, name, without(account, name_of(secret)))

    def _seen(self, secret: Object) -> None:
        self.queue.add(key_of(secret))

    def _secret_gone(self, secret: Object) -> None:
        self._gone[key_of(secret)] = secret
        self.queue.add(key_of(secret))

    def _account_gone(self, account: Object) -> None:
        for secret in self._secrets.by_index(_ACCOUNT, key_of(account)):
            self.queue.add(key_of(secret))


def build_account_tokens(context: Context) -> Controller:
    """Idle without a key in the settings. Raises KeyFileError for one that cannot be used."""
    path = context.settings.service_account_key
    if path is None:
        return Controller(NAME, ())
    tokens = AccountTokens(context, load_key(path))
    return Controller(NAME, (Loop(tokens.queue, tokens.sync, WORKERS),))
