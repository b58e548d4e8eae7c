"""How long to wait before looking again at something large that is changing all the time.

A set of n pods is told of each of its pods' changes and looks at all n every time: left alone that is n² work. Waiting
a moment in proportion to n lets changes gather, costs small sets nothing and large ones a fraction of a second.
"""

from __future__ import annotations

_SECONDS_PER_OBJECT = 0.0002
_LONGEST = 0.5
_NOTICEABLE = 0.005


def pause_for(objects: int) -> float:
    """Seconds; 0 for small numbers of objects."""
    pause = min(objects * _SECONDS_PER_OBJECT, _LONGEST)
    return pause if pause >= _NOTICEABLE else 0.0
