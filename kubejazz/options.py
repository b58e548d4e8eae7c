"""Command-line options that can also come from the environment (``--data-dir`` from ``KUBEJAZZ_DATA_DIR``)."""

from __future__ import annotations

import argparse
import builtins
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apimachinery.durations import SECOND, parse_duration

AUTHORIZATION_MODES = ("AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook")
"""Those of ``server.authz.modes``, which is not loaded for this: ``up`` does not need the server."""
LOG_LEVELS = ("debug", "info", "warning", "error")


def add_option(
    parser: argparse.ArgumentParser,
    flag: str,
    *,
    help: str,
    default: str | None = None,
    type: Callable[[str], Any] = str,
    metavar: str | None = None,
    shown_default: str | None = None,
    action: str | builtins.type[argparse.Action] = "store",
) -> None:
    """``default`` is text, converted like a given value; the environment variable comes before it."""
    variable = "KUBEJAZZ_" + flag.lstrip("-").replace("-", "_").upper()
    shown = shown_default or default
    notes = [f"default {shown}"] if shown else []
    notes.append(f"env {variable}")
    parser.add_argument(
        flag,
        type=type,
        action=action,
        default=os.environ.get(variable) or default,
        metavar=metavar or flag.lstrip("-").replace("-", "_").upper(),
        help=f"{help} [{', '.join(notes)}]".replace("%", "%%"),
    )


def add_log_level(parser: argparse.ArgumentParser, default: str = "info") -> None:
    levels = ", ".join(LOG_LEVELS)
    add_option(parser, "--log-level", help=f"one of {levels}", default=default, type=log_level, metavar="LEVEL")


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    add_option(parser, "--data-dir", help="where everything is kept", default=".kubejazz", type=Path, metavar="DIR")


def log_level(text: str) -> str:
    level = text.lower()
    if level not in LOG_LEVELS:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(LOG_LEVELS)}")
    return level


def authorization_modes(text: str) -> tuple[str, ...]:
    modes = tuple(mode.strip() for mode in text.split(",") if mode.strip())
    unknown = [mode for mode in modes if mode not in AUTHORIZATION_MODES]
    if unknown or not modes:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of {', '.join(AUTHORIZATION_MODES)}")
    return modes


def port(text: str) -> int:
    number = _integer(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")
    return number


def count(text: str) -> int:
    number = _integer(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is negative")
    return number


FOREVER = "forever"


def history(text: str) -> float:
    """Seconds; infinite for ``forever``."""
    if text == FOREVER:
        return math.inf
    try:
        seconds = parse_duration(text) / SECOND
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error} (5m, 24h, or {FOREVER})") from None
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} keeps no history at all")
    return seconds


def history_text(seconds: float) -> str:
    """What :func:`history` reads as ``seconds``."""
    return FOREVER if math.isinf(seconds) else f"{seconds:f}s"


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
