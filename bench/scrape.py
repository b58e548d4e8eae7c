"""How many requests a server has had, by its own metrics."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from client.api import Client

_TOTAL = re.compile(r"^apiserver_request_total\{(.*)\} (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class Asked(NamedTuple):
    verb: str
    resource: str
    subresource: str

    def __str__(self) -> str:
        path = "/".join(filter(None, (self.resource, self.subresource)))
        return f"{self.verb} {path}" if path else self.verb


def requests(client: Client) -> Counter[Asked]:
    """Since the server's start; watches count when they end."""
    text = client.raw_request("GET", "/metrics").body.decode()
    found: Counter[Asked] = Counter()
    for line in _TOTAL.finditer(text):
        labels = dict(_LABEL.findall(line[1]))
        found[Asked(labels["verb"], labels["resource"], labels["subresource"])] += int(float(line[2]))
    return found
