"""What goes wrong with expressions; apart, so that catching it does not load the language."""

from __future__ import annotations


class CelError(ValueError):
    """An expression cannot be compiled or evaluated; the message may have several lines."""
