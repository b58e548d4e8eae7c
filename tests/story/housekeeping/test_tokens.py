"""A token that somebody asks for by a Secret, from its first use to the end of its account."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from tests.story.housekeeping.conftest import Story

LAST_USED = "kubernetes.io/legacy-token-last-used"


def test_a_token_in_a_secret_is_good_its_use_is_noted_and_it_goes_with_its_account(story: Story) -> None:
    story.kubectl("create", "serviceaccount", "robot")
    name = {"kubernetes.io/service-account.name": "robot"}
    story.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "key", "annotations": name},
            "type": "kubernetes.io/service-account-token",
        }
    )
    story.until(lambda: "token" in (story.get("secret", "key").get("data") or {}), "a token")
    data = story.get("secret", "key")["data"]
    assert base64.b64decode(data["namespace"]).decode() == story.namespace
    assert b"BEGIN CERTIFICATE" in base64.b64decode(data["ca.crt"])
    token = base64.b64decode(data["token"]).decode()
    told = story.kubectl("auth", "whoami", f"--token={token}", "--kubeconfig=/dev/null", *server(story))
    assert f"system:serviceaccount:{story.namespace}:robot" in told
    today = datetime.now(tz=UTC).date().isoformat()

    def noted() -> bool:
        labels = story.get("secret", "key")["metadata"].get("labels") or {}
        return bool(labels.get(LAST_USED, "") >= today)

    story.until(noted, "the use is noted")
    story.kubectl("delete", "serviceaccount", "robot")
    story.until(lambda: story.get("secrets")["items"] == [], "the token goes with its account")
    since = story.get("configmap", "-n", "kube-system", "kube-apiserver-legacy-service-account-token-tracking")
    assert datetime.strptime(since["data"]["since"], "%Y-%m-%d").date() <= datetime.now(tz=UTC).date()


def server(story: Story) -> tuple[str, str]:
    authority = story.cluster.data_dir / "pki" / "ca.crt"
    return f"--server={story.cluster.url}", f"--certificate-authority={authority}"
