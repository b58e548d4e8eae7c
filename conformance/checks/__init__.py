"""The checks, one module per area; CHECKS is all of them."""

from __future__ import annotations

from conformance.check import Check
from conformance.checks.api_operations import CHECKS as API_OPERATIONS

CHECKS: tuple[Check, ...] = (*API_OPERATIONS,)
