"""``kubejazz log``: the story of an object, or of the whole cluster, out of the revision log.

It reads the database itself, not the API: whoever may read that owns the cluster's keys anyway, the API stays what
upstream's is, and the story can be told of a server that hangs or is gone.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

from apimachinery.durations import SECOND, parse_duration
from apimachinery.timefmt import parse_time
from kubejazz import narration
from kubejazz.errors import UserError
from kubejazz.stores import add_store_arguments, store_errors, store_url
from openapi.resources import RESOURCES
from storage.backend import About, Told
from storage.backends import look
from storage.errors import StoreSealed
from storage.reading import SQLReading
from storage.sealing import Sealer, opened

DESCRIPTION = (
    "Tell who wrote what, when: of one object (deployment/web), of a kind (pods), or of the whole cluster, as far back"
    " as the server's --history reaches. The server may run, and need not."
)
_CHUNK = 500
_POLL = 0.25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("object", nargs="?", default="", metavar="KIND[/NAME]", help="what to tell of; else everything")
    parser.add_argument("-n", "--namespace", metavar="NAMESPACE", help="of this namespace alone")
    parser.add_argument(
        "--since", type=moment, metavar="WHEN", help="not before: 90s, 10m, 24h ago, or an RFC 3339 time"
    )
    parser.add_argument("-f", "--follow", action="store_true", help="go on telling what happens from now on")
    parser.add_argument("--diff", action="store_true", help="show the fields each write changed")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="json: one object a line")
    parser.add_argument(
        "--encryption-provider-config", type=Path, metavar="FILE", help="that of the server: opens what it encrypts"
    )
    add_store_arguments(parser)


def moment(text: str) -> float:
    """Epoch seconds."""
    try:
        if text[:4].isdigit() and "-" in text:
            return parse_time(text).timestamp()
        return datetime.now(UTC).timestamp() - parse_duration(text) / SECOND
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(options: argparse.Namespace) -> int:
    try:
        with store_errors(), look(store_url(options)) as reading:
            _warn_of_the_forgotten(reading)
            opening = _opening(options.encryption_provider_config)
            for told in _tell(reading, _about(reading, options), follow=options.follow):
                _show(opening(told), options)
    except BrokenPipeError:
        # Whoever read us has seen enough; nothing is left to be flushed at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _opening(config: Path | None) -> Callable[[Told], Told]:
    """Opens what is encrypted, as far as the configuration has the keys. Raises UserError."""
    if config is None:
        return lambda told: told
    load: Callable[[Path], Sealer] = pkgutil.resolve_name("server.encryption.reload:sealer_of")
    try:
        sealer = load(config)
    except ValueError as error:
        raise UserError(str(error)) from error

    def opening(told: Told) -> Told:
        try:
            return told._replace(change=opened(told.change, sealer)[0])
        except StoreSealed:
            return told

    return opening


def _tell(reading: SQLReading, about: About, *, follow: bool) -> Iterator[Told]:
    after = 0
    while True:
        upto = reading.meta().revision
        while chunk := reading.story(after, upto, _CHUNK, about):
            yield from chunk
            after = chunk[-1].change.revision
        after = upto
        if not follow:
            return
        sys.stdout.flush()
        while reading.meta().revision == upto:
            time.sleep(_POLL)


def _show(told: Told, options: argparse.Namespace) -> None:
    differences = narration.differences(told.change) if options.diff else None
    if options.output == "json":
        print(orjson.dumps(narration.record(told, differences)).decode())
        return
    print(narration.line(told))
    for difference in differences or ():
        print(f"    {difference}")


def _about(reading: SQLReading, options: argparse.Namespace) -> About:
    kind, _, name = options.object.partition("/")
    return About(
        resources=_resources(reading, kind) if kind else None,
        namespace=options.namespace,
        name=name or None,
        since=options.since,
        values=options.diff,
    )


def _resources(reading: SQLReading, text: str) -> list[str]:
    """The stored resources that a kind, plural, singular or short name (with or without ``.group``) may mean."""
    kind, _, group = text.lower().partition(".")
    known = {
        ".".join(filter(None, (resource.storage_resource.resource, resource.storage_resource.group)))
        for resource in RESOURCES
        if kind in (resource.plural, resource.singular, resource.kind.lower(), *resource.short_names)
        and group in ("", resource.group)
    }
    logged = {name for name in reading.resources() if name == text or name.startswith(f"{text}.")} if not known else ()
    if not (known or logged):
        raise UserError(f"nothing is known of {text!r}: name a kind, or a custom resource by its plural")
    return sorted(known or logged)


def _warn_of_the_forgotten(reading: SQLReading) -> None:
    compacted = reading.meta().compact_revision
    if compacted > 1:
        print(f"(history before revision {compacted} is not kept: serve --history keeps more)", file=sys.stderr)
