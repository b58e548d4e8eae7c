"""lightkube: every kind it has a class for, all objects of it. Decoding is strict: a wrong type raises."""

from __future__ import annotations

import importlib
import pkgutil

import lightkube
from lightkube import resources
from report import Context, run

NOT_GA = ("alpha1", "alpha2", "alpha3", "beta1", "beta2")


def classes():
    for module in pkgutil.iter_modules(resources.__path__):
        name = f"lightkube.resources.{module.name}"
        if not name.endswith(NOT_GA):
            found = vars(importlib.import_module(name)).values()
            yield from (cls for cls in found if isinstance(cls, type) and cls.__module__ == name)


def kinds(context: Context):
    seen = set()
    with lightkube.Client() as client:
        for cls in classes():
            verbs = cls._api_info.verbs
            if "list" in verbs:
                options = {"namespace": "*"} if "global_list" in verbs else {}
                seen.update(cls.__name__ for _ in client.list(cls, **options))
    return sorted(seen)


if __name__ == "__main__":
    run("lightkube", kinds)
