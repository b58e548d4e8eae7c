"""The versions of kubejazz and of the API it speaks."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

KUBERNETES_VERSION = "v1.37"


def _installed() -> str:
    try:
        return version("kubejazz")
    except PackageNotFoundError:
        return "from a checkout"


VERSION = _installed()
