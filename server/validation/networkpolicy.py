"""Network policies.

Source: k8s.io/kubernetes/pkg/apis/networking/validation; the declarative rules of k8s.io/api/networking/v1, whose
errors come last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required
from apimachinery.names import is_port_name, is_port_number
from apimachinery.objects import Object
from server.validation.checks import Errors, flag, same, supported
from server.validation.ips import check_legacy_cidr, network_of, parse_cidr
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import check_label_selector
from server.validation.validator import validator

Source = Mapping[str, Any]

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_TYPES = ("Ingress", "Egress")
_DIRECTIONS = (("ingress", "from"), ("egress", "to"))


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the stored policy has wrong and may keep."""

    any_value: bool = False
    cidrs: Collection[str] = ()


def _check_port(errors: Errors, port: Source, path: str) -> None:
    protocol, number, end = port.get("protocol"), port.get("port"), port.get("endPort")
    if protocol is not None:
        supported(errors, f"{path}.protocol", protocol, _PROTOCOLS)
    if isinstance(number, int):
        flag(errors, f"{path}.port", number, is_port_number(number))
        if end is None:
            return
        if end < number:
            errors.append(invalid(f"{path}.endPort", number, "must be greater than or equal to `port`"))
        flag(errors, f"{path}.endPort", end, is_port_number(end))
        return
    if end is not None:
        state = "not specified" if number is None else "non-numeric"
        errors.append(invalid(f"{path}.endPort", end, f"may not be specified when `port` is {state}"))
    if number is not None:
        flag(errors, f"{path}.port", number, is_port_name(number))


def _check_peer(errors: Errors, peer: Source, path: str, stored: _Stored) -> None:
    selectors = [field for field in ("podSelector", "namespaceSelector") if peer.get(field) is not None]
    for field in selectors:
        check_label_selector(errors, peer[field], f"{path}.{field}", any_value=stored.any_value)
    block = peer.get("ipBlock")
    if block is not None:
        _check_block(errors, block, f"{path}.ipBlock", stored.cidrs)
        if selectors:
            errors.append(forbidden(path, "may not specify both ipBlock and another peer"))
    elif not selectors:
        errors.append(required(path, "must specify a peer"))


def _check_block(errors: Errors, block: Source, path: str, stored: Collection[str]) -> None:
    text = block.get("cidr")
    if not text:
        return
    check_legacy_cidr(errors, f"{path}.cidr", text, stored)
    parsed = parse_cidr(text)
    if parsed is None:
        return
    network = network_of(*parsed)
    for index, part in enumerate(block.get("except") or ()):
        here = f"{path}.except[{index}]"
        check_legacy_cidr(errors, here, part, stored)
        hole = parse_cidr(part)
        if hole is None:
            continue
        inner = network_of(*hole)
        if inner.network_address not in network or network.prefixlen >= inner.prefixlen:
            errors.append(invalid(here, part, "must be a strict subset of `cidr`"))


def _check_spec(errors: Errors, spec: Source, stored: _Stored) -> None:
    check_label_selector(errors, spec.get("podSelector") or {}, "spec.podSelector", any_value=stored.any_value)
    for direction, peers in _DIRECTIONS:
        for index, rule in enumerate(spec.get(direction) or ()):
            here = f"spec.{direction}[{index}]"
            for place, port in enumerate(rule.get("ports") or ()):
                _check_port(errors, port, f"{here}.ports[{place}]")
            for place, peer in enumerate(rule.get(peers) or ()):
                _check_peer(errors, peer, f"{here}.{peers}[{place}]", stored)
    types = spec.get("policyTypes") or ()
    if len(types) > len(_TYPES):
        errors.append(invalid("spec.policyTypes", types, "may not specify more than two policyTypes"))
        return
    for index, name in enumerate(types):
        if name not in _TYPES:
            errors.append(not_supported(f"spec.policyTypes[{index}]", name, _TYPES))


def _blocks(spec: Source) -> Iterator[tuple[str, Source]]:
    """Path and content of every ipBlock."""
    for direction, peers in _DIRECTIONS:
        for index, rule in enumerate(spec.get(direction) or ()):
            for place, peer in enumerate(rule.get(peers) or ()):
                if peer.get("ipBlock") is not None:
                    yield f"spec.{direction}[{index}].{peers}[{place}].ipBlock", peer["ipBlock"]


def _check_ranges(errors: Errors, spec: Source) -> None:
    errors += [required(f"{path}.cidr") for path, block in _blocks(spec) if not block.get("cidr")]


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    spec = obj.get("spec") or {}
    _check_spec(errors, spec, _Stored())
    _check_ranges(errors, spec)
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    problems: Errors = []
    check_label_selector(problems, before.get("podSelector"), "")
    blocks = [block for _, block in _blocks(before)]
    cidrs = {block.get("cidr") or "" for block in blocks}.union(*(block.get("except") or () for block in blocks))
    _check_spec(errors, spec, _Stored(bool(problems), cidrs))
    if not same(spec, before):
        _check_ranges(errors, spec)
    return errors


NETWORK_POLICY = validator(_create, _update)
