"""Hypercorn's configuration as its protocol classes find it here."""

from __future__ import annotations

import logging

from hypercorn.config import Config

from server.http.h1_request import HEAD_LIMIT


class CachedDateConfig(Config):
    """The headers every response carries are made once a second, not once a response."""

    headers: list[tuple[bytes, bytes]]

    def response_headers(self, protocol: str) -> list[tuple[bytes, bytes]]:
        return self.headers


def stock_config() -> CachedDateConfig:
    config = CachedDateConfig()
    config.headers = []
    config.accesslog = None
    config.errorlog = logging.getLogger("kubejazz.http")
    config.keep_alive_max_requests = 1 << 62  # at the limit all watches on the connection would be ended
    config.max_requests = None
    config.read_timeout = None  # watches are silent for long
    config.h11_max_incomplete_size = HEAD_LIMIT
    config.h2_max_header_list_size = HEAD_LIMIT
    config.h2_max_concurrent_streams = 250  # upstream's number
    return config
