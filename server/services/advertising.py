"""The address under which others find this server.

Source: k8s.io/apimachinery/pkg/util/net ResolveBindAddress: a server that listens on every address, or on the loopback
interface alone, says the one by which the machine reaches the rest of the world.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address

_ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation: nothing is sent to it."""


def advertised(bind: str, given: str = "") -> str:
    """``given`` if there is one; "" when there is no address that others could use."""
    for text in (given, bind):
        if text and _is_usable(text):
            return text
    found = "" if given else outgoing()
    return found if found and _is_usable(found) else ""


def outgoing() -> str:
    """The machine's own address on the way out, "" without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _is_usable(text: str) -> bool:
    try:
        ip = ip_address(text)
    except ValueError:
        return False
    return not (ip.is_loopback or ip.is_unspecified or ip.is_link_local or ip.is_multicast)
