"""Deletes bootstrap tokens that have expired. Source: k8s.io/kubernetes pkg/controller/bootstrap/tokencleaner.go."""

from __future__ import annotations

import math

from apimachinery.objects import Object, key_of, split_key
from apimachinery.status import Conflict, NotFound
from client.resources import SECRETS
from controllers.bootstrap.tokens import TYPE, is_token, seconds_left
from controllers.controller import Context, Controller, Loop

NAME = "token-cleaner-controller"


class TokenCleaner:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        secrets = context.informer(SECRETS, field_selector=f"type={TYPE}")
        self._secrets = secrets.store
        secrets.add_handler(self._enqueue, lambda old, new: self._enqueue(new), None)

    def sync(self, key: str) -> None:
        secret = self._secrets.get(key)
        if secret is None:
            return
        left = seconds_left(secret, self._clock.now())
        if left > 0:
            if not math.isinf(left):
                self.queue.add_after(key, left)
            return
        try:
            self._client.delete(SECRETS, *split_key(key), uid=secret["metadata"]["uid"])
        except (NotFound, Conflict):
            return

    def _enqueue(self, secret: Object) -> None:
        if is_token(secret):
            self.queue.add(key_of(secret))


def build_token_cleaner(context: Context) -> Controller:
    cleaner = TokenCleaner(context)
    return Controller(NAME, (Loop(cleaner.queue, cleaner.sync),))
