"""How much is tried: the same few requests in each run of the tests, many and new ones behind ``make fuzz``."""

from __future__ import annotations

import os
import time

EFFORT = max(int(os.environ.get("KUBEJAZZ_FUZZ", "1")), 1)
THOROUGH = EFFORT > 1

SEED = time.time_ns() % 100_000 if THOROUGH else 1
"""Printed with what was found, so that a thorough run can be repeated by writing it here."""
