"""What controllers have to be told because the API does not say it. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from controllers.horizontal_pod_autoscaler.settings import DEFAULTS as AUTOSCALER_DEFAULTS
from controllers.horizontal_pod_autoscaler.settings import AutoscalerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``signing_certificate`` and ``signing_key``: PEM files of the authority that signs certificates; without them
    approved requests are left to somebody else. ``signing_duration``: the longest life of what it signs.
    ``host_path_volumes``: the folder, of this machine, in which volumes are made; without it none are.
    ``service_account_key``: PEM file of the key that signs the tokens in Secrets; without it they stay empty.
    ``quota_sync``: how often everything that quotas count is summed up anew. ``autoscaler``: of all autoscalers."""

    signing_certificate: Path | None = None
    signing_key: Path | None = None
    signing_duration: timedelta = timedelta(days=365)
    host_path_volumes: Path | None = None
    service_account_key: Path | None = None
    quota_sync: timedelta = timedelta(minutes=5)
    autoscaler: AutoscalerSettings = AUTOSCALER_DEFAULTS


NO_SETTINGS = Settings()
