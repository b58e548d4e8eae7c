"""What is stored, read without kubectl: plain HTTP with the administrator's certificate."""

from __future__ import annotations

import base64
import ssl
import tempfile
from pathlib import Path
from typing import Any

import httpx
import yaml

_VERSIONS = {"": "v1", "autoscaling": "v2"}


class Api:
    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile("w") as pair:
            pair.write(base64.b64decode(user["client-certificate-data"]).decode())
            pair.write(base64.b64decode(user["client-key-data"]).decode())
            pair.flush()
            context.load_cert_chain(pair.name)
        self._http = httpx.Client(base_url=cluster["server"], verify=context, timeout=30)

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self._http.request(method, path, json=body)

    def create(self, path: str, body: Any) -> Any:
        answer = self.request("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def find(self, resource: str, name: str, namespace: str = "") -> Any:
        """The stored object, None if it is not there. ``resource``: "pods", "deployments.apps", "pods/status"."""
        answer = self.request("GET", path_of(resource, name, namespace))
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        return answer.json()

    def close(self) -> None:
        self._http.close()


def path_of(resource: str, name: str = "", namespace: str = "") -> str:
    plural, _, group = resource.partition(".")
    version = _VERSIONS.get(group, "v1")
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{place}/{plural}" + (f"/{name}" if name else "")
