"""Options of the API server that are kube-apiserver's too, by its names. ``up`` passes them on as they were written."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from kubejazz.access_flags import ACCESS_FLAGS
from kubejazz.flag import Flag, Joined, switch
from kubejazz.options import add_option
from kubejazz.protection_flags import PROTECTION_FLAGS

HOST_PATH_CLASS = Flag(
    "--host-path-class",
    "the storage class to have, the default one unless there is another, whose volumes are folders of this machine",
    metavar="NAME",
)
"""The folders are made by the controllers."""

ADVERTISE_ADDRESS = Flag(
    "--advertise-address",
    "the address in the endpoints of the kubernetes service; by default the one listened on or the machine's own",
    metavar="ADDRESS",
)

JOINING_FLAGS = (
    Flag(
        "--enable-bootstrap-token-auth",
        "whether bootstrap tokens (Secrets of that type in kube-system) say who somebody is: true or false",
        "true",
        switch,
        "BOOL",
    ),
)

SERVER_FLAGS: tuple[Flag, ...] = (*JOINING_FLAGS, *ACCESS_FLAGS, ADVERTISE_ADDRESS, HOST_PATH_CLASS, *PROTECTION_FLAGS)


def add_server_flags(parser: argparse.ArgumentParser, host_path_class: str = "") -> None:
    """``host_path_class``: that flag's default."""
    for flag in SERVER_FLAGS:
        add_option(
            parser,
            flag.name,
            help=flag.help,
            default=host_path_class if flag is HOST_PATH_CLASS else flag.default,
            type=_checked(flag.read),
            metavar=flag.metavar,
            action=Joined if flag.repeated else "store",
        )


def _checked(read: Callable[[str], Any]) -> Callable[[str], str]:
    """Keeps the text, so that it can be passed on."""

    def check(text: str) -> str:
        read(text)
        return text

    return check


def server_arguments(options: argparse.Namespace) -> Iterable[str]:
    """What a child that serves is to be given."""
    for flag in SERVER_FLAGS:
        text = getattr(options, flag.field)
        if text != flag.default:
            yield f"{flag.name}={text}"


def server_values(options: argparse.Namespace) -> dict[str, Any]:
    """By the flag's name with underscores."""
    return {flag.field: flag.read(getattr(options, flag.field)) for flag in SERVER_FLAGS}
