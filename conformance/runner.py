"""Runs checks on threads, each with a time limit, and says how each of the official list's tests stands."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kubernetes.client import ApiException

from conformance.api import Api, message_of
from conformance.catalogue import Listed
from conformance.check import Case, Check, Failed


class State(Enum):
    """How a test of the list stands."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_WRITTEN = "not written"
    NOT_APPLICABLE = "needs real containers"


@dataclass(frozen=True, slots=True)
class Result:
    """``reason`` of a failure in one line, ``detail`` its traceback."""

    listed: Listed
    state: State
    seconds: float = 0.0
    reason: str = ""
    detail: str = ""


def selected(listed: Iterable[Listed], focus: str = "", skip: str = "") -> list[Listed]:
    """Those whose codename holds ``focus`` and not ``skip``, regular expressions. Raises re.error."""
    wanted, unwanted = re.compile(focus), re.compile(skip) if skip else None
    return [one for one in listed if wanted.search(one.codename) and not (unwanted and unwanted.search(one.codename))]


def run(
    api: Api,
    listed: Sequence[Listed],
    checks: Sequence[Check],
    *,
    threads: int = 8,
    kubeconfig: Path | None = None,
    tell: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """One result per listed test, in the order of the list. ``tell`` hears of each check as it ends, on this thread.

    Checks run ``threads`` at a time; those that disturb others follow when all are over, one by one.
    """
    by_name = {check.codename: check for check in checks}
    if len(by_name) != len(checks):
        raise ValueError("two checks have the same codename")

    chosen = [(one, by_name[one.codename]) for one in listed if one.codename in by_name]
    # Those that take longest begin first.
    together = sorted((pair for pair in chosen if not pair[1].alone), key=lambda pair: -pair[1].timeout)
    done: dict[str, Result] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="check") as pool:
        pending = [pool.submit(_run_one, api, *pair, kubeconfig) for pair in together]
        for future in as_completed(pending):
            result = done[future.result().listed.codename] = future.result()
            tell(result)
    for one, check in chosen:
        if check.alone:
            done[one.codename] = _run_one(api, one, check, kubeconfig)
            tell(done[one.codename])
    return [done.get(one.codename) or Result(one, _state_without_check(one)) for one in listed]


def _state_without_check(listed: Listed) -> State:
    return State.NOT_APPLICABLE if listed.needs == "c" else State.NOT_WRITTEN


def _run_one(api: Api, listed: Listed, check: Check, kubeconfig: Path | None) -> Result:
    """A check that exceeds its time is left behind on its daemon thread: nothing can stop it, its waits are bounded."""
    started = time.monotonic()
    outcome: list[tuple[str, str]] = []

    def body() -> None:
        outcome.append(_outcome(api, check, kubeconfig))

    thread = threading.Thread(target=body, name=check.codename, daemon=True)
    thread.start()
    thread.join(check.timeout)
    seconds = time.monotonic() - started
    reason, detail = outcome[0] if outcome else (f"not finished after {check.timeout:.0f} s", "")
    return Result(listed, State.FAILED if reason else State.PASSED, seconds, reason, detail)


def _outcome(api: Api, check: Check, kubeconfig: Path | None) -> tuple[str, str]:
    """The reason and the traceback of a failure; two empty texts if the check passes."""
    case = Case(api, kubeconfig)
    try:
        check.run(case)
    except Failed as failure:
        return str(failure), traceback.format_exc()
    except ApiException as error:
        return f"{error.status}: {message_of(error)}", traceback.format_exc()
    except Exception as error:
        return f"{type(error).__name__}: {error}", traceback.format_exc()
    finally:
        case.close()
    return "", ""
