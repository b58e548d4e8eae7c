"""Retires tokens that were made without being asked for, and that nobody has used for a year.

First they are marked as invalid, which a label can undo, and a year later they are deleted. Only Secrets that their
account names come into question: the others somebody has asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import Enum

from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of
from apimachinery.status import Conflict, NotFound
from apimachinery.timefmt import parse_time
from client.resources import CONFIGMAPS, PODS, SECRETS, SERVICEACCOUNTS
from controllers.account_tokens.secrets import INVALID_SINCE, LAST_USED, TYPE, account_of, names
from controllers.controller import Context, Controller, Loop
from controllers.shared.indexes import BY_NAMESPACE, in_namespace
from controllers.shared.pod_secrets import secrets_of

log = logging.getLogger(__name__)

NAME = "legacy-serviceaccount-token-cleaner-controller"
PERIOD = timedelta(days=365)
LOOK = 24 * 60 * 60.0
"""Seconds between looks."""
TRACKING = "kube-apiserver-legacy-service-account-token-tracking"
"""The config map, in kube-system, that says since when the API server notes the use of tokens."""
_EVERYTHING = "tokens"


class Verdict(Enum):
    KEEP = "keep"
    INVALIDATE = "invalidate"
    DELETE = "delete"


def verdict(secret: Object, account: Object | None, mounted: Iterable[str], now: datetime) -> Verdict:
    """``mounted``: the Secrets that pods of the namespace use."""
    if secret.get("type") != TYPE or is_terminating(secret):
        return Verdict.KEEP
    long_ago = now - PERIOD
    if parse_time(secret["metadata"]["creationTimestamp"]) >= long_ago:
        return Verdict.KEEP
    labels = secret["metadata"].get("labels") or {}
    if LAST_USED in labels:
        used = day_of(labels[LAST_USED])
        if used is None or used >= long_ago.date():
            return Verdict.KEEP
    if account is None or not names(account, name_of(secret)) or name_of(secret) in mounted:
        return Verdict.KEEP
    since = day_of(labels.get(INVALID_SINCE, ""))
    if since is None:
        return Verdict.INVALIDATE
    return Verdict.KEEP if since >= long_ago.date() else Verdict.DELETE


def day_of(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None


def tracked_long_enough(config_map: Object | None, now: datetime) -> bool:
    """A year since the day after the one that the config map names."""
    since = day_of(((config_map or {}).get("data") or {}).get("since", ""))
    return since is not None and now.date() >= since + timedelta(days=1) + PERIOD


class TokenCleaner:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        self._secrets = context.informer(SECRETS, field_selector=f"type={TYPE}").store
        self._accounts = context.informer(SERVICEACCOUNTS).store
        self._pods = context.informer(PODS, indexers=BY_NAMESPACE).store

    def prepare(self) -> None:
        self.queue.add(_EVERYTHING)

    def sync(self, key: str) -> None:
        self.queue.add_after(key, LOOK)
        try:
            config_map = self._client.get(CONFIGMAPS, "kube-system", TRACKING)
        except NotFound:
            config_map = None
        now = self._clock.now()
        if not tracked_long_enough(config_map, now):
            return
        for secret in self._secrets.list():
            pods = in_namespace(self._pods, namespace_of(secret))
            mounted = {name for pod in pods for name in secrets_of(pod)}
            self._carry_out(secret, verdict(secret, self._account_of(secret), mounted, now), now)

    def _account_of(self, secret: Object) -> Object | None:
        name, uid = account_of(secret)
        account = self._accounts.get(f"{namespace_of(secret)}/{name}") if name else None
        return account if account is not None and uid in ("", account["metadata"]["uid"]) else None

    def _carry_out(self, secret: Object, decided: Verdict, now: datetime) -> None:
        metadata = secret["metadata"]
        try:
            if decided is Verdict.INVALIDATE:
                log.info("token %s is marked as invalid", key_of(secret))
                labels = {INVALID_SINCE: now.date().isoformat()}
                patch = {"metadata": {"uid": metadata["uid"], "labels": labels}}
                self._client.patch(SECRETS, namespace_of(secret), name_of(secret), patch)
            elif decided is Verdict.DELETE:
                log.info("token %s is deleted", key_of(secret))
                version = metadata["resourceVersion"]
                self._client.delete(SECRETS, namespace_of(secret), name_of(secret), resource_version=version)
        except (Conflict, NotFound):
            return


def build_legacy_token_cleaner(context: Context) -> Controller:
    cleaner = TokenCleaner(context)
    return Controller(NAME, (Loop(cleaner.queue, cleaner.sync),), cleaner.prepare)
