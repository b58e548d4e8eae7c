"""Kubernetes' own functions for expressions: lists, regular expressions, URLs, addresses, quantities, versions, sets.

What is opaque upstream (a quantity, a URL, an address, a version) is a map of one entry here; its key says what it is.
Source: https://kubernetes.io/docs/reference/using-api/cel/, k8s.io/apiserver/pkg/cel/library. Not there: ``format``,
the authorizer, and indexOf of lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import pairwise
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson
import re2
from cel_expr_python import cel

from apimachinery.quantity import Quantity, QuantityError, parse_quantity
from server.cel.semver import SemanticVersion

_DYN, _BOOL, _INT, _DOUBLE, _TEXT = cel.Type.DYN, cel.Type.BOOL, cel.Type.INT, cel.Type.DOUBLE, cel.Type.STRING
_LIST, _TEXTS = cel.Type.List(cel.Type.DYN), cel.Type.List(cel.Type.STRING)
_OPAQUE = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)

Opaque = Mapping[str, Any]

_SCALARS = (str, int, float, bool, bytes, type(None))
_SORTED = orjson.OPT_SORT_KEYS
_FEW = 100


def _function(name: str, *overloads: tuple[str, Any, Sequence[Any], Callable[..., Any]], member: bool = True) -> Any:
    """Overloads: (id, result, parameters, what does it); a member's first parameter is what it is called on."""
    made = [
        cel.Overload(f"kubernetes_{id}", result, list(taken), member, does) for id, result, taken, does in overloads
    ]
    return cel.FunctionDecl(name, made)


# -- lists and sets ----------------------------------------------------------------------------------------------------


def _sorted(items: Sequence[Any]) -> bool:
    return all(one <= other for one, other in pairwise(items))


def _within(items: Sequence[Any], others: Sequence[Any]) -> bool:
    return all(map(_contained(others), items))


def _contained(items: Sequence[Any]) -> Callable[[Any], bool]:
    """Whether a value is among the items. Objects can bring lists of 100,000 of them: comparing each takes minutes."""
    scalars = {item for item in items if isinstance(item, _SCALARS)}
    others = [item for item in items if not isinstance(item, _SCALARS)]
    printed = {orjson.dumps(item, option=_SORTED) for item in others} if len(others) > _FEW else None

    def check(item: Any) -> bool:
        if isinstance(item, _SCALARS):
            return item in scalars
        return item in others if printed is None else orjson.dumps(item, option=_SORTED) in printed

    return check


_LISTS: Final = (
    _function("isSorted", ("is_sorted", _BOOL, [_LIST], _sorted)),
    _function("sum", ("sum", _DYN, [_LIST], sum)),
    _function("min", ("min", _DYN, [_LIST], min)),
    _function("max", ("max", _DYN, [_LIST], max)),
    _function("sets.contains", ("sets_contains", _BOOL, [_LIST, _LIST], lambda a, b: _within(b, a)), member=False),
    _function(
        "sets.equivalent",
        ("sets_equivalent", _BOOL, [_LIST, _LIST], lambda a, b: _within(a, b) and _within(b, a)),
        member=False,
    ),
    _function(
        "sets.intersects",
        ("sets_intersects", _BOOL, [_LIST, _LIST], lambda a, b: any(map(_contained(b), a))),
        member=False,
    ),
)


# -- regular expressions -----------------------------------------------------------------------------------------------


def _find(text: str, pattern: str) -> str:
    match = re2.compile(pattern).search(text)
    return match[0] if match is not None else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found = [match[0] for match in re2.compile(pattern).finditer(text)]
    return found if limit < 0 else found[:limit]


_REGEX: Final = (
    _function("find", ("find", _TEXT, [_TEXT, _TEXT], _find)),
    _function(
        "findAll",
        ("find_all", _TEXTS, [_TEXT, _TEXT], _find_all),
        ("find_all_limit", _TEXTS, [_TEXT, _TEXT, _INT], _find_all),
    ),
)


# -- URLs --------------------------------------------------------------------------------------------------------------

_URL: Final = "kubernetes.URL"


def _url(text: str) -> Opaque:
    if not _is_url(text):
        raise ValueError(
            f"URL parse error during conversion from string: parse {orjson.dumps(text).decode()}: invalid URI"
        )
    return {_URL: text}


def _is_url(text: str) -> bool:
    """As Go's url.ParseRequestURI."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return bool(text) and " " not in text and (text.startswith("/") or bool(parts.scheme))


def _of_url(read: Callable[[Any], Any]) -> Callable[[Opaque], Any]:
    return lambda url: read(urlsplit(url[_URL]))


_URLS: Final = (
    _function("url", ("url", _OPAQUE, [_TEXT], _url), member=False),
    _function("isURL", ("is_url", _BOOL, [_TEXT], _is_url), member=False),
    _function("getScheme", ("get_scheme", _TEXT, [_OPAQUE], _of_url(lambda parts: parts.scheme))),
    _function("getHost", ("get_host", _TEXT, [_OPAQUE], _of_url(lambda parts: parts.netloc.rpartition("@")[2]))),
    _function("getHostname", ("get_hostname", _TEXT, [_OPAQUE], _of_url(lambda parts: parts.hostname or ""))),
    _function("getPort", ("get_port", _TEXT, [_OPAQUE], _of_url(lambda parts: str(parts.port or "")))),
    _function("getEscapedPath", ("get_escaped_path", _TEXT, [_OPAQUE], _of_url(lambda parts: parts.path))),
    _function(
        "getQuery",
        ("get_query", _DYN, [_OPAQUE], _of_url(lambda parts: parse_qs(parts.query, keep_blank_values=True))),
    ),
)


# -- addresses ---------------------------------------------------------------------------------------------------------

_IP, _CIDR = "net.IP", "net.CIDR"


def _address(text: str) -> IPv4Address | IPv6Address:
    if "%" in text or text.lower().startswith("::ffff:"):
        raise ValueError(f"IP Address {orjson.dumps(text).decode()} parse error during conversion from string")
    return ip_address(text)


def _network(text: str) -> Any:
    if "/" not in text:
        raise ValueError("network address parse error during conversion from string")
    return ip_network(text, strict=False)


def _parses(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except (ValueError, QuantityError):
            return False
        return True

    return check


def _ip(text: str) -> Opaque:
    return {_IP: str(_address(text))}


def _of_ip(read: Callable[[Any], Any]) -> Callable[[Opaque], Any]:
    return lambda value: read(ip_address(value[_IP]))


def _of_cidr(read: Callable[[Any], Any]) -> Callable[[Opaque], Any]:
    return lambda value: read(_network(value[_CIDR]))


def _cidr(text: str) -> Opaque:
    _network(text)
    return {_CIDR: text}


def _contains_ip(cidr: Opaque, ip: Any) -> bool:
    address = ip_address(ip if isinstance(ip, str) else ip[_IP])
    network = _network(cidr[_CIDR])
    return address.version == network.version and address in network


def _contains_cidr(cidr: Opaque, other: Any) -> bool:
    outer, inside = _network(cidr[_CIDR]), _network(other if isinstance(other, str) else other[_CIDR])
    return bool(outer.version == inside.version and inside.subnet_of(outer))


_ADDRESSES: Final = (
    _function("ip", ("ip", _OPAQUE, [_TEXT], _ip), member=False),
    _function("isIP", ("is_ip", _BOOL, [_TEXT], _parses(_address)), member=False),
    _function("ip.isCanonical", ("ip_is_canonical", _BOOL, [_TEXT], lambda t: str(_address(t)) == t), member=False),
    _function("family", ("family", _INT, [_OPAQUE], _of_ip(lambda ip: ip.version))),
    _function("isUnspecified", ("is_unspecified", _BOOL, [_OPAQUE], _of_ip(lambda ip: ip.is_unspecified))),
    _function("isLoopback", ("is_loopback", _BOOL, [_OPAQUE], _of_ip(lambda ip: ip.is_loopback))),
    _function("isLinkLocalUnicast", ("is_link_local", _BOOL, [_OPAQUE], _of_ip(lambda ip: ip.is_link_local))),
    _function(
        "isGlobalUnicast",
        (
            "is_global_unicast",
            _BOOL,
            [_OPAQUE],
            _of_ip(lambda ip: not (ip.is_unspecified or ip.is_loopback or ip.is_multicast or ip.is_link_local)),
        ),
    ),
    _function("cidr", ("cidr", _OPAQUE, [_TEXT], _cidr), member=False),
    _function("isCIDR", ("is_cidr", _BOOL, [_TEXT], _parses(_network)), member=False),
    _function(
        "containsIP",
        ("contains_ip", _BOOL, [_OPAQUE, _OPAQUE], _contains_ip),
        ("contains_ip_text", _BOOL, [_OPAQUE, _TEXT], _contains_ip),
    ),
    _function(
        "containsCIDR",
        ("contains_cidr", _BOOL, [_OPAQUE, _OPAQUE], _contains_cidr),
        ("contains_cidr_text", _BOOL, [_OPAQUE, _TEXT], _contains_cidr),
    ),
    _function("prefixLength", ("prefix_length", _INT, [_OPAQUE], _of_cidr(lambda network: network.prefixlen))),
    _function("masked", ("masked", _OPAQUE, [_OPAQUE], _of_cidr(lambda network: {_CIDR: str(network)}))),
)


# -- quantities and versions -------------------------------------------------------------------------------------------

_QUANTITY, _VERSION = "kubernetes.Quantity", "kubernetes.Semver"


def _quantity(text: str) -> Opaque:
    return {_QUANTITY: str(parse_quantity(text))}


def _version(text: str) -> Opaque:
    SemanticVersion.of(text)
    return {_VERSION: text}


def _compared(value: Opaque) -> Any:
    if _QUANTITY in value:
        return parse_quantity(value[_QUANTITY])
    return SemanticVersion.of(value[_VERSION])


def _compare(one: Opaque, other: Opaque) -> int:
    left, right = _compared(one), _compared(other)
    return int(left > right) - int(left < right)


def _number(value: Any) -> Quantity:
    return parse_quantity(value if isinstance(value, int) else value[_QUANTITY])


def _of_version(read: Callable[[SemanticVersion], Any]) -> Callable[[Opaque], Any]:
    return lambda value: read(SemanticVersion.of(value[_VERSION]))


def _arithmetic(name: str, does: Callable[[Quantity, Quantity], Quantity]) -> Any:
    def apply(one: Opaque, other: Any) -> Opaque:
        return {_QUANTITY: str(does(_number(one), _number(other)))}

    return _function(
        name,
        (f"quantity_{name}", _OPAQUE, [_OPAQUE, _OPAQUE], apply),
        (f"quantity_{name}_int", _OPAQUE, [_OPAQUE, _INT], apply),
    )


_COMPARED: Final = (
    _function("quantity", ("quantity", _OPAQUE, [_TEXT], _quantity), member=False),
    _function("isQuantity", ("is_quantity", _BOOL, [_TEXT], _parses(parse_quantity)), member=False),
    _function("isInteger", ("is_integer", _BOOL, [_OPAQUE], lambda q: _number(q).milli_value() % 1000 == 0)),
    _function("asInteger", ("as_integer", _INT, [_OPAQUE], lambda q: _number(q).value())),
    _function("asApproximateFloat", ("as_float", _DOUBLE, [_OPAQUE], lambda q: _number(q).milli_value() / 1000)),
    _function("sign", ("sign", _INT, [_OPAQUE], lambda q: _compare(q, {_QUANTITY: "0"}))),
    _arithmetic("add", lambda one, other: one + other),
    _arithmetic("sub", lambda one, other: one - other),
    _function("semver", ("semver", _OPAQUE, [_TEXT], _version), member=False),
    _function("isSemver", ("is_semver", _BOOL, [_TEXT], _parses(SemanticVersion.of)), member=False),
    _function("major", ("major", _INT, [_OPAQUE], _of_version(lambda version: version.core[0]))),
    _function("minor", ("minor", _INT, [_OPAQUE], _of_version(lambda version: version.core[1]))),
    _function("patch", ("patch", _INT, [_OPAQUE], _of_version(lambda version: version.core[2]))),
    _function("isGreaterThan", ("greater", _BOOL, [_OPAQUE, _OPAQUE], lambda a, b: _compare(a, b) > 0)),
    _function("isLessThan", ("less", _BOOL, [_OPAQUE, _OPAQUE], lambda a, b: _compare(a, b) < 0)),
    _function("compareTo", ("compare", _INT, [_OPAQUE, _OPAQUE], _compare)),
)

FUNCTIONS: Final = (*_LISTS, *_REGEX, *_URLS, *_ADDRESSES, *_COMPARED)
