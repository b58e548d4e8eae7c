"""API priority and fairness."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.cells import NONE
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name


def _flow_schema_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    conditions = (obj.get("status") or {}).get("conditions") or ()
    method = spec.get("distinguisherMethod")
    return Row(
        [
            name(obj),
            (spec.get("priorityLevelConfiguration") or {}).get("name", ""),
            spec.get("matchingPrecedence") or 0,
            NONE if method is None else method.get("type", ""),
            age(obj, now),
            next((c.get("status", "") for c in conditions if c.get("type") == "Dangling"), "?"),
        ]
    )


def _precedence(obj: Object) -> tuple[int, str]:
    return (obj.get("spec") or {}).get("matchingPrecedence") or 0, name(obj)


FLOW_SCHEMA = Printer(
    (
        NAME,
        column("PriorityLevel", doc("flowcontrol/v1.PriorityLevelConfigurationReference.name")),
        column("MatchingPrecedence", doc("flowcontrol/v1.FlowSchemaSpec.matchingPrecedence")),
        column("DistinguisherMethod", doc("flowcontrol/v1.FlowSchemaSpec.distinguisherMethod")),
        AGE,
        column("MissingPL", "references a broken or non-existent PriorityLevelConfiguration"),
    ),
    _flow_schema_row,
    order=_precedence,
)


def _priority_level_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    limited = spec.get("limited")
    queuing = ((limited or {}).get("limitResponse") or {}).get("queuing")
    return Row(
        [
            name(obj),
            spec.get("type", ""),
            NONE if limited is None else limited.get("nominalConcurrencyShares") or 0,
            *(
                NONE if queuing is None else queuing.get(field) or 0
                for field in ("queues", "handSize", "queueLengthLimit")
            ),
            age(obj, now),
        ]
    )


PRIORITY_LEVEL_CONFIGURATION = Printer(
    (
        NAME,
        column("Type", doc("flowcontrol/v1.PriorityLevelConfigurationSpec.type")),
        column(
            "NominalConcurrencyShares",
            doc("flowcontrol/v1.LimitedPriorityLevelConfiguration.nominalConcurrencyShares"),
        ),
        column("Queues", doc("flowcontrol/v1.QueuingConfiguration.queues")),
        column("HandSize", doc("flowcontrol/v1.QueuingConfiguration.handSize")),
        column("QueueLengthLimit", doc("flowcontrol/v1.QueuingConfiguration.queueLengthLimit")),
        AGE,
    ),
    _priority_level_row,
)
