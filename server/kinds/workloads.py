"""The kinds of apps, batch, autoscaling and policy."""

from __future__ import annotations

from server.defaulting import apps as defaulting_apps
from server.defaulting import autoscaling as defaulting_autoscaling
from server.defaulting import batch as defaulting_batch
from server.kinds import daemonsets, jobs, simple
from server.kinds.spec import KindSpec
from server.printers import apps, autoscaling, batch, policy
from server.validation import apps as validation_apps
from server.validation import autoscaling as validation_autoscaling
from server.validation import batch as validation_batch
from server.validation import policy as validation_policy
from server.validation import statefulset as validation_statefulset

KINDS = (
    KindSpec(
        group="apps",
        kind="ControllerRevision",
        printer=apps.CONTROLLER_REVISION,
        validator=validation_apps.CONTROLLER_REVISION,
    ),
    KindSpec(
        group="apps",
        kind="DaemonSet",
        printer=apps.DAEMON_SET,
        validator=validation_apps.DAEMON_SET,
        strategy=daemonsets.STRATEGY,
        defaults={"v1": defaulting_apps.daemon_set},
    ),
    KindSpec(
        group="apps",
        kind="Deployment",
        printer=apps.DEPLOYMENT,
        validator=validation_apps.DEPLOYMENT,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_apps.deployment},
    ),
    KindSpec(
        group="apps",
        kind="ReplicaSet",
        printer=apps.REPLICA_SET,
        validator=validation_apps.REPLICA_SET,
        strategy=simple.REPLICA_SETS,
        defaults={"v1": defaulting_apps.replica_set},
    ),
    KindSpec(
        group="apps",
        kind="StatefulSet",
        printer=apps.STATEFUL_SET,
        validator=validation_statefulset.STATEFUL_SET,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_apps.stateful_set},
    ),
    KindSpec(
        group="batch",
        kind="Job",
        printer=batch.JOB,
        validator=validation_batch.JOB,
        strategy=jobs.STRATEGY,
        defaults={"v1": defaulting_batch.job},
    ),
    KindSpec(
        group="batch",
        kind="CronJob",
        printer=batch.CRON_JOB,
        validator=validation_batch.CRON_JOB,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_batch.cron_job},
    ),
    KindSpec(
        group="autoscaling",
        kind="HorizontalPodAutoscaler",
        printer=autoscaling.HORIZONTAL_POD_AUTOSCALER,
        validator=validation_autoscaling.HORIZONTAL_POD_AUTOSCALER,
        defaults={
            "v1": defaulting_autoscaling.horizontal_pod_autoscaler_v1,
            "v2": defaulting_autoscaling.horizontal_pod_autoscaler_v2,
        },
    ),
    KindSpec(
        group="policy",
        kind="PodDisruptionBudget",
        printer=policy.POD_DISRUPTION_BUDGET,
        validator=validation_policy.POD_DISRUPTION_BUDGET,
        strategy=simple.VERSIONED_GENERATIONAL,
    ),
)
