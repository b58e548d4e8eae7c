"""Cells several kinds share: containers and images, labels, selectors, shortened lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apimachinery.labels import SelectorError, from_label_selector
from server.printers.printer import Column, column

CONTAINERS = column("Containers", "Names of each container in the template.", wide=True)
IMAGES = column("Images", "Images referenced by each container in the template.", wide=True)
READY_OF_DESIRED = column("Ready", "Number of the pod with ready state")

NONE = "<none>"
UNSET = "<unset>"


def selector_column(description: str) -> Column:
    return column("Selector", description, wide=True)


def containers_and_images(template: Mapping[str, Any] | None) -> tuple[str, str]:
    """Names and images of a pod template's containers, each joined by commas."""
    containers = ((template or {}).get("spec") or {}).get("containers") or ()
    return ",".join(c.get("name", "") for c in containers), ",".join(c.get("image", "") for c in containers)


def labels(mapping: Mapping[str, str] | None) -> str:
    """``a=1,b=2`` in the order of keys."""
    return ",".join(f"{key}={value}" for key, value in sorted(mapping.items())) if mapping else NONE


def selector(label_selector: Mapping[str, Any] | None, *, empty: str = NONE, invalid: str = "<error>") -> str:
    """A ``metav1.LabelSelector`` as text; ``empty`` for one that selects everything or nothing."""
    try:
        return str(from_label_selector(label_selector)) or empty
    except SelectorError:
        return invalid


def shortened(items: Sequence[str], limit: int, separator: str = ",") -> str:
    """The first ``limit`` items and how many more there are."""
    text = separator.join(items[:limit])
    return f"{text} + {len(items) - limit} more..." if len(items) > limit else text


def addresses(ingress: Iterable[Mapping[str, Any]] | None) -> str:
    """The distinct IPs, or hostnames where there is none, of a load balancer's ingress points."""
    return ",".join(sorted({point.get("ip") or point.get("hostname") or "" for point in ingress or ()} - {""}))


def boolean(value: bool | None) -> str:
    return UNSET if value is None else str(value)
