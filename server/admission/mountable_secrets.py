"""Which secrets the pods of a service account may use, where it asks for that to be enforced. Pure.

Source: limitSecretReferences in k8s.io/kubernetes plugin/pkg/admission/serviceaccount.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apimachinery.objects import Object

_ENFORCE = "kubernetes.io/enforce-mountable-secrets"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")


def is_enforced(account: Object) -> bool:
    return (account["metadata"].get("annotations") or {}).get(_ENFORCE) in _TRUE


def trouble_of_pod(account: Object, pod: Object) -> str:
    """The first reference that the account does not allow, in upstream's words; "" if there is none."""
    return next(_troubles(account, pod["spec"]), "")


def trouble_of_ephemeral_containers(account: Object, pod: Object) -> str:
    containers = pod["spec"].get("ephemeralContainers") or ()
    return next(_of_containers(account, containers, "ephemeral container"), "")


def _troubles(account: Object, spec: Object) -> Iterator[str]:
    mountable = _names(account, "secrets")
    for volume in spec.get("volumes") or ():
        name = volume["secret"].get("secretName", "") if "secret" in volume else None
        if name is not None and name not in mountable:
            yield f'volume with secret.secretName="{name}" is not allowed {_because(account, "secret")}'
    yield from _of_containers(account, spec.get("initContainers") or (), "init container")
    yield from _of_containers(account, spec.get("containers") or (), "container")
    pulling = _names(account, "imagePullSecrets")
    for index, reference in enumerate(spec.get("imagePullSecrets") or ()):
        name = reference.get("name", "")
        if name not in pulling:
            yield f'imagePullSecrets[{index}].name="{name}" is not allowed {_because(account, "imagePullSecret")}'


def _of_containers(account: Object, containers: Iterable[Object], what: str) -> Iterator[str]:
    mountable = _names(account, "secrets")
    for container in containers:
        for variable in container.get("env") or ():
            reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
            if reference is not None and reference.get("name", "") not in mountable:
                where = f"{what} {container['name']} with envVar {variable['name']}"
                yield _refusal(where, reference, account)
        for source in container.get("envFrom") or ():
            reference = source.get("secretRef")
            if reference is not None and reference.get("name", "") not in mountable:
                yield _refusal(f"{what} {container['name']} with envFrom", reference, account)


def _refusal(where: str, reference: Object, account: Object) -> str:
    name = reference.get("name", "")
    return f'{where} referencing secret.secretName="{name}" is not allowed {_because(account, "secret")}'


def _because(account: Object, kind: str) -> str:
    return f"because service account {account['metadata']['name']} does not reference that {kind}"


def _names(account: Object, field: str) -> frozenset[str]:
    return frozenset(reference.get("name", "") for reference in account.get(field) or ())
