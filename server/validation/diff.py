"""How upstream shows what an update would change: a unified diff of both values as indented JSON.

Source: k8s.io/apimachinery/pkg/util/diff. Upstream prints its internal types; here it is the wire form, which users
know.
"""

from __future__ import annotations

import difflib
import json
from typing import Any


def unified_diff(old: Any, new: Any) -> str:
    """Three lines of context, without file names."""
    return "".join(list(difflib.unified_diff(_lines(old), _lines(new), n=3))[2:])


def _lines(value: Any) -> list[str]:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    return f"{text}\n".splitlines(keepends=True)
