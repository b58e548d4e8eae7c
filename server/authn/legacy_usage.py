"""Notes on Secrets on which day their tokens were used last, for whoever clears away those that nobody uses.

Source: k8s.io/kubernetes pkg/serviceaccount/legacy.go (patchSecretWithLastUsedDate).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from apimachinery.clock import Clock
from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.status import NotFound, StatusError
from server.registry.context import WriteContext
from server.registry.registry import Registry

log = logging.getLogger(__name__)

LAST_USED = "kubernetes.io/legacy-token-last-used"
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"patch"}'


class LegacyUsage:
    """A write a day for each token; it does not hold up the request that brought the token."""

    def __init__(self, secrets: Callable[[], Registry], clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock
        self._writing: dict[str, asyncio.Task[None]] = {}
        """By the Secret's uid."""

    def note(self, secret: Object) -> None:
        now = self._clock.now()
        today, tomorrow = now.date(), (now + timedelta(days=1)).date()
        used = (secret["metadata"].get("labels") or {}).get(LAST_USED)
        uid = str(secret["metadata"]["uid"])
        if used in (today.isoformat(), tomorrow.isoformat()) or uid in self._writing:
            return
        task = asyncio.get_running_loop().create_task(self._write(secret, today.isoformat()))
        self._writing[uid] = task
        task.add_done_callback(lambda done: self._writing.pop(uid, None))

    async def settle(self) -> None:
        """Wait for the writes under way."""
        await asyncio.gather(*self._writing.values())

    async def _write(self, secret: Object, day: str) -> None:
        uid = secret["metadata"]["uid"]

        async def labelled(live: Object | None) -> Object:
            if live is None or live["metadata"]["uid"] != uid:
                raise NotFound.of(self._secrets().resource, name_of(secret))
            labels = {**(live["metadata"].get("labels") or {}), LAST_USED: day}
            return {**live, "metadata": {**live["metadata"], "labels": labels}}

        context = WriteContext(namespace=namespace_of(secret), actor=_ACTOR)
        try:
            await self._secrets().update(context, name_of(secret), labelled)
        except NotFound:
            return
        except StatusError as error:
            log.warning("the use of token %s was not noted: %s", name_of(secret), error)
