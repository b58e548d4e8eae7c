"""How upstream shows what an update would change: a unified diff of both values as indented JSON.

Source: k8s.io/apimachinery/pkg/util/diff. Upstream prints its internal types; here it is the wire form, which users
know.
"""

from __future__ import annotations

import difflib
import json
from typing import Any


def unified_diff(old: Any, new: Any) -> str:
    """Three lines of context, without file names. Fields that both have are shown in the order of ``old``."""
    return "".join(list(difflib.unified_diff(_lines(old), _lines(_ordered(new, old)), n=3))[2:])


def _ordered(value: Any, like: Any) -> Any:
    """The value, with its fields in the order of those of another: a change of order alone is no difference."""
    if isinstance(value, dict) and isinstance(like, dict):
        names = [name for name in like if name in value] + [name for name in value if name not in like]
        return {name: _ordered(value[name], like.get(name)) for name in names}
    if isinstance(value, list) and isinstance(like, list):
        return [_ordered(item, like[index] if index < len(like) else None) for index, item in enumerate(value)]
    return value


def _lines(value: Any) -> list[str]:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    return f"{text}\n".splitlines(keepends=True)
