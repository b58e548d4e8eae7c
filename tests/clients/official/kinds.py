"""The official client: every GA list it has a method for. Decoding is strict: a wrong type raises."""

from __future__ import annotations

import inspect
import re

from kubernetes import client, config
from report import Context, run

API = re.compile(r"[A-Za-z]+V[12]Api")
LIST = re.compile(r"list_(?!namespaced_)\w+(?<!_with_http_info)(?<!_without_preload_content)")


def kinds(context: Context):
    seen = set()
    for name, cls in inspect.getmembers(client, inspect.isclass):
        if API.fullmatch(name) and name != "InternalApiserverV1alpha1Api":
            api = cls()
            for method in filter(LIST.fullmatch, dir(api)):
                seen.update(type(item).__name__ for item in getattr(api, method)().items)
    return sorted(seen)


if __name__ == "__main__":
    config.load_kube_config()
    run("kubernetes", kinds)
