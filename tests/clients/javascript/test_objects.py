from __future__ import annotations

from kubejazz.testing import Kubejazz
from tests.clients.conftest import Drive
from tests.kubectl.api import Api


def test_the_javascript_client_reads_and_writes(
    drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str
) -> None:
    saw = drive("javascript", "javascript/objects.js", kubejazz_cluster, namespace)
    print(saw)
