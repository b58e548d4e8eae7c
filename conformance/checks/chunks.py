"""Lists in pages: what a page and its token say, also when the revision of the first page is gone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kubernetes.client import ApiException

from conformance.api import Object, status_of
from conformance.check import Case, Check
from conformance.kinds import POD_TEMPLATES

_TOTAL = 400
_COMPACTED = 600.0
"""Seconds in which a server has to forget: twice upstream's interval of compactions."""


def _fill(case: Case) -> None:
    namespace = case.namespace
    spec = {"containers": [{"name": "test", "image": "test2"}]}

    def create(number: int) -> None:
        body = {"metadata": {"name": f"template-{number:04d}"}, "template": {"spec": spec}}
        case.api.create(POD_TEMPLATES, namespace, body)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(_TOTAL)))


def _check_page(case: Case, page: Object, found: int, limit: int) -> int:
    """The number found with this page."""
    items, meta = page["items"], page["metadata"]
    case.true(len(items) <= limit, f"a page has at most {limit} items, found {len(items)}")
    if meta.get("continue"):
        case.equal(meta.get("remainingItemCount"), _TOTAL - found - len(items), "remainingItemCount")
    else:
        case.true("remainingItemCount" not in meta, "the last page has no remainingItemCount")
    expected = [f"template-{number:04d}" for number in range(found, found + len(items))]
    case.equal([one["metadata"]["name"] for one in items], expected, "the names of a page")
    return found + len(items)


def _pages(case: Case, limit: int, token: str | None = None) -> Iterator[Object]:
    """From that token to the end."""
    query: dict[str, Any] = {"limit": limit, "continue_": token}
    while True:
        page = case.api.list(POD_TEMPLATES, case.namespace, **query)
        yield page
        query["continue_"] = page["metadata"].get("continue")
        if not query["continue_"]:
            return


def _read(case: Case, pages: Iterator[Object], limit: int, found: int = 0) -> str:
    """The one revision that all pages show, which go to the end."""
    revisions = set()
    for page in pages:
        revisions.add(page["metadata"]["resourceVersion"])
        found = _check_page(case, page, found, limit)
    case.equal(found, _TOTAL, "the items of all pages")
    case.equal(len(revisions), 1, "the number of revisions that the pages show")
    return str(revisions.pop())


def chunks(case: Case) -> None:
    _fill(case)
    for _ in range(3):
        _read(case, _pages(case, 17), 17)
    everything = case.api.items(POD_TEMPLATES, case.namespace, limit=_TOTAL + 1)
    case.equal(len(everything), _TOTAL, "the items of a list at once")


def compacted(case: Case) -> None:
    """The token of the first page expires; the error brings one that goes on from the last key at a newer revision."""
    _fill(case)
    tenth = _TOTAL // 10
    first = next(_pages(case, tenth))
    _check_page(case, first, 0, tenth)
    token = first["metadata"]["continue"]

    def expired() -> str | None:
        try:
            case.api.list(POD_TEMPLATES, case.namespace, limit=tenth, continue_=token)
        except ApiException as error:
            if error.status != 410:
                raise
            return str(status_of(error).get("metadata", {}).get("continue") or "none")
        return None

    inconsistent = case.eventually(expired, "the token of the first page to expire", _COMPACTED, _PAUSE)
    case.true(inconsistent != "none", "the error of an expired token brings another token")
    revision = _read(case, _pages(case, tenth, inconsistent), tenth, tenth)
    case.true(revision != first["metadata"]["resourceVersion"], "the inconsistent list is of a newer revision")


_PAUSE = 2.0
_PREFIX = "[sig-api-machinery] Servers with support for API chunking should "
CHECKS = (
    Check(_PREFIX + "return chunks of results for list calls [Conformance]", chunks),
    Check(
        _PREFIX + "support continue listing from the last key if the original version has been compacted away, though"
        " the list is inconsistent [Conformance] [Slow]",
        compacted,
        timeout=_COMPACTED + 60,
    ),
)
