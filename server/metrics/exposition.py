"""The Prometheus text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """``suffix`` is _bucket, _sum or _count for histograms, else empty."""

    suffix: str
    labels: Mapping[str, str]
    value: float


class Family(NamedTuple):
    """One metric; ``type`` is counter, gauge or histogram."""

    name: str
    type: str
    help: str
    samples: Sequence[Sample]


def render(families: Iterable[Family]) -> bytes:
    """Families without samples are left out."""
    lines = []
    for family in families:
        if family.samples:
            lines.append(f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.type}\n")
            lines.extend(_line(family.name, sample) for sample in family.samples)
    return "".join(lines).encode()


def _line(name: str, sample: Sample) -> str:
    labels = ",".join(f'{label}="{_escaped(value)}"' for label, value in sample.labels.items())
    number = repr(sample.value) if isinstance(sample.value, float) else str(sample.value)
    return f"{name}{sample.suffix}{{{labels}}} {number}\n" if labels else f"{name}{sample.suffix} {number}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
