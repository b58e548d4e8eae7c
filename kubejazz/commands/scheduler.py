"""``kubejazz scheduler``: finds a node for every pod, through the API alone."""

from __future__ import annotations

import argparse
import threading
from contextlib import closing

from client.api import Client
from kubejazz.identities import SCHEDULER
from kubejazz.options import add_option
from kubejazz.player import add_leader_election, add_player_arguments, kubeconfig_of, lease_times, run_player
from kubejazz.version import VERSION
from scheduler.app import SchedulerConfig
from scheduler.app import run as run_scheduler

DESCRIPTION = "Run the scheduler in the foreground, against any kubeconfig, until SIGTERM or Ctrl-C."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_player_arguments(parser)
    add_option(parser, "--scheduler-name", help="the schedulerName of the pods it takes", default="default-scheduler")
    add_leader_election(parser)


def run(options: argparse.Namespace) -> int:
    times, kubeconfig = lease_times(options), kubeconfig_of(options, SCHEDULER)
    config = SchedulerConfig(name=options.scheduler_name, leader_elect=options.leader_elect, lease_times=times)

    def play(stop: threading.Event) -> None:
        with closing(Client.from_kubeconfig(kubeconfig, user_agent=f"kube-scheduler/{VERSION}")) as client:
            run_scheduler(client, stop, config)

    return run_player(options, play)
