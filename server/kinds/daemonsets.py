"""What is special about daemon sets in the registry: the template generation that the old annotation still shows.

Source: k8s.io/kubernetes pkg/registry/apps/daemonset/strategy.go, pkg/apis/apps/v1/conversion.go.
"""

from __future__ import annotations

import re

from apimachinery.objects import Object
from server.registry.strategy import Strategy

_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def _note(obj: Object, generation: int) -> None:
    metadata = obj["metadata"]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), _TEMPLATE_GENERATION: str(generation)}


def _generation(obj: Object) -> int:
    text = (obj["metadata"].get("annotations") or {}).get(_TEMPLATE_GENERATION, "")
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else 0


def _prepare_create(obj: Object) -> None:
    _note(obj, _generation(obj) or 1)


def _prepare_update(new: Object, old: Object) -> None:
    changed = (new.get("spec") or {}).get("template") != (old.get("spec") or {}).get("template")
    _note(new, _generation(old) + 1 if changed else _generation(old))


STRATEGY = Strategy(prepare_create=_prepare_create, prepare_update=_prepare_update, generation_of=("spec",))
