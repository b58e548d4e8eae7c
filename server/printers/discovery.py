"""Endpoint slices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.printers.cells import UNSET, shortened
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name

_SHOWN = 3


def _row(obj: Object, now: datetime) -> Row:
    endpoints = [address for e in obj.get("endpoints") or () for address in e.get("addresses") or ()]
    return Row(
        [
            name(obj),
            obj.get("addressType", ""),
            shortened([_port(port) for port in obj.get("ports") or ()], _SHOWN) or UNSET,
            shortened(endpoints, _SHOWN) or UNSET,
            age(obj, now),
        ]
    )


def _port(port: Mapping[str, Any]) -> str:
    if port.get("port") is not None:
        return str(port["port"])
    return "*" if port.get("name") is None else str(port["name"])


ENDPOINT_SLICE = Printer(
    (
        NAME,
        column("AddressType", doc("discovery/v1beta1.EndpointSlice.addressType")),
        column("Ports", doc("discovery/v1beta1.EndpointSlice.ports")),
        column("Endpoints", doc("discovery/v1beta1.EndpointSlice.endpoints")),
        AGE,
    ),
    _row,
)
