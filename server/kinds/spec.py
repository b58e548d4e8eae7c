"""Everything that is special about a kind, in one value. What is not said here is generic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apimachinery.objects import Object
from server.printers.printer import Printer
from server.registry.strategy import Strategy
from server.validation.validator import Validator

Defaulting = Callable[[Object], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSpec:
    """One kind, whatever versions it is served in.

    ``defaults`` maps an API version ("v1") to what fills in unset fields of a decoded object of that version.
    ``field_labels`` maps an apiVersion in which fields are selected by other names than the strategy's to all of those
    names and what they stand for.
    """

    group: str
    kind: str
    printer: Printer
    validator: Validator
    strategy: Strategy = field(default_factory=Strategy)
    defaults: Mapping[str, Defaulting] = field(default_factory=dict)
    field_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
