"""``kubejazz version``."""

from __future__ import annotations

import argparse

from kubejazz.version import KUBERNETES_VERSION, VERSION

DESCRIPTION = "Print the version of kubejazz and of the Kubernetes API it serves."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    return None


def run(options: argparse.Namespace) -> int:
    print(f"kubejazz {VERSION} (Kubernetes API {KUBERNETES_VERSION})")
    return 0
