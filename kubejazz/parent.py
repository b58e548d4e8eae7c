"""A child that must not outlive its parent, however the parent ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

VARIABLE = "KUBEJAZZ_PARENT"
"""Set by the parent to its process id."""
_PR_SET_PDEATHSIG = 1


def environment_of_child() -> dict[str, str]:
    """Our environment plus what makes the child end when we do.

    Only for a child started by the main thread: Linux counts the end of the starting thread as the parent's.
    """
    if threading.current_thread() is not threading.main_thread():
        return dict(os.environ)
    return {**os.environ, VARIABLE: str(os.getpid())}


def die_with_parent() -> None:
    """Called by every command at its start: if a parent asked for it, get SIGTERM when that parent is gone."""
    parent = os.environ.pop(VARIABLE, "")
    if not parent.isdigit():
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it died before we asked to be told
        raise SystemExit(0)
