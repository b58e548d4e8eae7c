"""Resource names, quantities and requirements.

Source: k8s.io/kubernetes/pkg/apis/core/validation, pkg/apis/core/helper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_found, not_supported, required
from apimachinery.quantity import Quantity, QuantityError, parse_quantity
from server.validation.checks import NEGATIVE, NOT_POSITIVE, Errors, check_label
from server.validation.rules import qualified_name

NOT_INTEGER = "must be an integer"
_COMPUTE = frozenset({"cpu", "memory"})
_CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_INTEGERS = frozenset(
    {
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
_SIZES = frozenset(
    f"{prefix}{name}" for name in ("cpu", "memory", "ephemeral-storage") for prefix in ("", "requests.", "limits.")
)
_QUOTA = _INTEGERS | _SIZES | {"requests.storage"}
_STANDARD = _QUOTA | {"storage"}
_HUGE = "hugepages-"
_POD_LEVEL = ("cpu", _HUGE, "memory")
_MAX_CACHED_NAME = 400

Resources = Mapping[str, str]
NameCheck = Callable[[Errors, str, str], None]


def is_huge_page(name: str) -> bool:
    return name.startswith(_HUGE)


def is_native(name: str) -> bool:
    """In Kubernetes' own namespace, as unqualified names are."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    if is_native(name) or name.startswith("requests."):
        return False
    return not qualified_name(f"requests.{name}")


def is_overcommit_allowed(name: str) -> bool:
    return is_native(name) and not is_huge_page(name)


def is_integer(name: str) -> bool:
    return name in _INTEGERS or is_extended(name)


def is_standard_quota_name(name: str) -> bool:
    return name in _QUOTA or name.startswith((_HUGE, f"requests.{_HUGE}"))


def _resource_problems(name: str) -> Sequence[str]:
    problems = qualified_name(name)
    if problems or "/" in name or name in _STANDARD or name.startswith((_HUGE, f"requests.{_HUGE}")):
        return problems
    return ("must be a standard resource type or fully qualified",)


def _container_resource_problems(name: str) -> Sequence[str]:
    problems = _resource_problems(name)
    if "/" not in name:
        if name not in _CONTAINER and not is_huge_page(name):
            return (*problems, "must be a standard resource for containers")
    elif not is_native(name) and not is_extended(name):
        return (*problems, "doesn't follow extended resource name standard")
    return problems


_container_problems = lru_cache(maxsize=1024)(_container_resource_problems)


def check_resource_name(errors: Errors, path: str, name: str) -> None:
    for problem in _resource_problems(name):
        errors.append(invalid(path, name, problem))


def check_container_resource(errors: Errors, path: str, name: str) -> None:
    if name in _CONTAINER:
        return
    rule = _container_problems if len(name) < _MAX_CACHED_NAME else _container_resource_problems
    for problem in rule(name):
        errors.append(invalid(path, name, problem))


def check_pod_resource(errors: Errors, path: str, name: str) -> None:
    """A resource at the level of the pod."""
    problems = _resource_problems(name)
    for problem in problems:
        errors.append(invalid(path, name, problem))
    if not problems and name not in _COMPUTE and not is_huge_page(name):
        errors.append(not_supported(path, name, _POD_LEVEL))


def check_quota_resource(errors: Errors, path: str, name: str) -> None:
    check_resource_name(errors, path, name)
    if "/" not in name and not is_standard_quota_name(name):
        errors.append(invalid(path, name, "must be a standard resource for quota"))


def check_quantity(errors: Errors, path: str, name: str, text: str) -> None:
    """Not negative, and whole where the resource comes in units."""
    if text.startswith("-"):
        errors.append(invalid(path, text, NEGATIVE))
    if name not in _CONTAINER and is_integer(name) and parse_quantity(text).milli_value() % 1000:
        errors.append(invalid(path, text, NOT_INTEGER))


def check_positive_quantity(errors: Errors, path: str, text: str) -> bool:
    if parse_quantity(text).sign() > 0:
        return True
    errors.append(invalid(path, text, NOT_POSITIVE))
    return False


def check_basic_quantity(errors: Errors, path: str, text: str) -> bool:
    value = parse_quantity(text).value()
    if value >= 0:
        return True
    errors.append(invalid(path, value, "must be a valid resource quantity"))
    return False


def is_divisible(name: str, quantity: Quantity) -> bool:
    """Whether a quantity of huge pages is a whole number of pages."""
    try:
        size = parse_quantity(name.removeprefix(_HUGE))
    except QuantityError:
        return False
    if size.sign() <= 0 or size.milli_value() % 1000:
        return False
    return quantity.value() % size.value() == 0


def check_requirements(
    errors: Errors,
    requirements: Mapping[str, Any] | None,
    path: str,
    claim_names: Collection[str] = (),
    *,
    any_huge_pages: bool = False,
    name_check: NameCheck = check_container_resource,
) -> None:
    """``resources`` of a container or a pod: names, amounts, requests within limits, claims that exist."""
    if not requirements:
        return
    limits: Resources = requirements.get("limits") or {}
    requests: Resources = requirements.get("requests") or {}
    for name, text in limits.items():
        _check_amount(errors, f"{path}.limits", name, text, name_check, any_huge_pages)
    for name, text in requests.items():
        _check_amount(errors, f"{path}.requests", name, text, name_check, True)
        _check_request(errors, path, name, text, limits)
        if is_huge_page(name) and not any_huge_pages:
            _check_huge_page(errors, f"{path}.requests[{name}]", name, text)
    names = limits.keys() | requests.keys()
    if not names & _COMPUTE and any(map(is_huge_page, names)):
        errors.append(forbidden(path, "HugePages require cpu or memory"))
    if claims := requirements.get("claims"):
        _check_claims(errors, claims, claim_names, f"{path}.claims")


def _check_amount(errors: Errors, path: str, name: str, text: str, name_check: NameCheck, any_huge_pages: bool) -> None:
    if name in _COMPUTE and not text.startswith("-"):
        return
    here = f"{path}[{name}]"
    name_check(errors, here, name)
    check_quantity(errors, here, name, text)
    if is_huge_page(name) and not any_huge_pages:
        _check_huge_page(errors, here, name, text)


def _check_huge_page(errors: Errors, path: str, name: str, text: str) -> None:
    if not is_divisible(name, parse_quantity(text)):
        errors.append(invalid(path, text, f"{text} is not positive integer multiple of {name}"))


def _check_request(errors: Errors, path: str, name: str, text: str, limits: Resources) -> None:
    limit = limits.get(name)
    if limit is None:
        if not is_overcommit_allowed(name):
            errors.append(required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
        return
    if text == limit:
        return
    request, most = parse_quantity(text), parse_quantity(limit)
    if request != most and not is_overcommit_allowed(name):
        errors.append(invalid(f"{path}.requests", text, f"must be equal to {name} limit of {limit}"))
    elif request > most:
        problem = f"must be less than or equal to {name} limit of {limit}"
        errors.append(invalid(f"{path}.requests", text, problem))


def _check_claims(errors: Errors, claims: Sequence[Mapping[str, Any]], claim_names: Collection[str], path: str) -> None:
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        name, request, here = claim.get("name") or "", claim.get("request") or "", f"{path}[{index}]"
        if not name:
            errors.append(required(here))
            continue
        if name in seen:
            errors.append(duplicate(here, name))
        else:
            seen.add(_check_claim_request(errors, name, request, seen, here))
        if name not in claim_names:
            where = f": {', '.join(sorted(claim_names))}" if claim_names else " which is empty"
            detail = f"must be one of the names in pod.spec.resourceClaims{where}"
            errors.append(replace(not_found(here, name), detail=detail))


def _check_claim_request(errors: Errors, name: str, request: str, seen: set[str], path: str) -> str:
    """What of the claim is used: all of it, or one request."""
    if not request:
        used = [key for key in seen if key.startswith(f"{name}/")]
        errors.extend([duplicate(path, name)] * len(used))
        return name
    check_label(errors, f"{path}.request", request)
    key = f"{name}/{request}"
    if key in seen:
        errors.append(duplicate(path, key))
    return key
