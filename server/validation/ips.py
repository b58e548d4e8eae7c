"""IP addresses and CIDRs as API fields have them.

Python's parsers are stricter than Go's older ones, which upstream still reads with: addresses with leading zeros parse
there and are then refused by name. Source: k8s.io/apimachinery/pkg/util/validation/ip.go, k8s.io/utils/net.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from apimachinery.fielderrors import invalid, quote
from server.validation.checks import Errors

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
NOT_A_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def parse_ip(text: str) -> Address | None:
    """As netutils.ParseIPSloppy: leading zeros in octets are ignored, zones are refused."""
    if "%" in text or "/" in text:
        return None
    try:
        return ip_address(text)
    except ValueError:
        pass
    try:
        return ip_address(_without_zeros(text))
    except ValueError:
        return None


def _without_zeros(text: str) -> str:
    """The dotted part with its octets' leading zeros removed."""
    head, colon, dotted = text.rpartition(":")
    octets = dotted.split(".")
    if len(octets) == 4 and all(octet.isascii() and octet.isdigit() for octet in octets):
        dotted = ".".join(octet.lstrip("0") or "0" for octet in octets)
    return f"{head}{colon}{dotted}"


def is_ipv6(address: Address) -> bool:
    """An IPv4-mapped address counts as IPv4, as in Go."""
    return isinstance(address, IPv6Address) and address.ipv4_mapped is None


def is_ipv6_text(text: str) -> bool:
    address = parse_ip(text)
    return address is not None and is_ipv6(address)


def _strict_problems(text: str, address: Address) -> list[str]:
    problems = []
    try:
        ip_address(text)
    except ValueError:
        problems.append("must not have leading 0s")
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        problems.append("must not be an IPv4-mapped IPv6 address")
    return problems


def check_legacy_ip(errors: Errors, path: str, text: str, old: Collection[str] = ()) -> None:
    """An address in a field older than the strict rules: any spelling, but unambiguous. ``old`` values may stay."""
    if text in old:
        return
    address = parse_ip(text)
    if address is None:
        errors.append(invalid(path, text, NOT_AN_IP))
    else:
        errors.extend(invalid(path, text, problem) for problem in _strict_problems(text, address))


def check_ip(errors: Errors, path: str, text: str) -> None:
    """An address in a newer field: only the canonical spelling."""
    before = len(errors)
    check_legacy_ip(errors, path, text)
    if len(errors) == before and text != (canonical := str(ip_address(text))):
        errors.append(invalid(path, text, f"must be in canonical form ({quote(canonical)})"))


def parse_cidr(text: str) -> tuple[Address, int] | None:
    """As netutils.ParseCIDRSloppy: (address, prefix length); host bits and leading zeros are ignored."""
    host, slash, length = text.partition("/")
    address = parse_ip(host)
    if not slash or address is None or not length.isascii() or not length.isdigit():
        return None
    return (address, int(length)) if int(length) <= address.max_prefixlen else None


def network_of(address: Address, length: int) -> Network:
    return ip_network((address, length), strict=False)


def check_legacy_cidr(errors: Errors, path: str, text: str, old: Collection[str] = ()) -> None:
    """A CIDR in a field older than the strict rules. ``old`` values may stay."""
    if text in old:
        return
    parsed = parse_cidr(text)
    if parsed is None:
        errors.append(invalid(path, text, NOT_A_CIDR))
        return
    address, length = parsed
    host, _, digits = text.partition("/")
    if "must not have leading 0s" in _strict_problems(host, address) or digits != str(length):
        errors.append(invalid(path, text, "must not have leading 0s in IP or prefix length"))
    elif isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        errors.append(invalid(path, text, "must not have an IPv4-mapped IPv6 address"))
    elif network_of(address, length).network_address != address:
        errors.append(invalid(path, text, "must not have bits set beyond the prefix length"))


def check_cidr(errors: Errors, path: str, text: str) -> None:
    """A CIDR in a newer field: only the canonical spelling."""
    before = len(errors)
    check_legacy_cidr(errors, path, text)
    if len(errors) == before and text != (canonical := str(ip_network(text))):
        errors.append(invalid(path, text, f"must be in canonical form ({quote(canonical)})"))


def is_dual_stack(texts: Collection[str]) -> bool:
    """Whether there is an address (or CIDR) of each family."""
    families = {is_ipv6(address) for text in texts if (address := parse_ip(text.partition("/")[0])) is not None}
    return len(families) == 2
