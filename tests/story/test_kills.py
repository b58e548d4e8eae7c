"""kill -9 of the server, again and again, in the middle of writes by many (`make soak`: 100 times).

Nothing acknowledged is lost, no revision is given twice, the log has no gap, and a watcher that comes back after each
kill has seen every change exactly once, in order.
"""

from __future__ import annotations

import os
from pathlib import Path

from kubejazz.testing import start
from tests.kubejazz.processes import kubejazz
from tests.story.players import Ledger, Watcher, Writer, check, newest_revision

KILLS = int(os.environ.get("KUBEJAZZ_KILLS", "10"))
WRITERS = 6
BETWEEN_KILLS = 60
"""Acknowledged writes."""


def test_no_kill_loses_or_repeats_anything(tmp_path: Path) -> None:
    server = start(tmp_path, history="1h")
    port = int(server.url.rpartition(":")[2])
    first = newest_revision(server)
    ledger, watcher = Ledger(), Watcher(server.kubeconfig, first)
    players = [watcher, *(Writer(server.kubeconfig, number, ledger) for number in range(WRITERS))]
    for player in players:
        player.start()
    try:
        for _ in range(KILLS):
            ledger.wait_for_more(BETWEEN_KILLS, 30)
            server.kill()
            server = start(tmp_path, port=port, history="1h")
        ledger.wait_for_more(BETWEEN_KILLS, 30)
        for player in players[1:]:
            player.stopping.set()
            player.join()
        check(server, ledger, watcher, first)
    finally:
        for player in players:
            player.stopping.set()
        server.stop()
        watcher.join()
    assert not [player.trouble for player in players if player.trouble]
    checked = kubejazz("check", "--data-dir", str(tmp_path))
    assert checked.returncode == 0, checked.stdout
