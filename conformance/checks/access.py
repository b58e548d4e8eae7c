"""Service accounts, tokens, reviews."""

from __future__ import annotations

from typing import Any

from conformance import kinds
from conformance.api import Object
from conformance.bodies import pod
from conformance.check import Case, Check
from conformance.kinds import CONFIG_MAPS, PODS, SERVICE_ACCOUNTS

_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def _review(
    case: Case, group: str, plural: str, kind: str, spec: Object, namespace: str = "", **options: Any
) -> Object:
    scope = f"/namespaces/{namespace}" if namespace else ""
    body = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {}, "spec": spec}
    if namespace:
        body["metadata"] = {"namespace": namespace}
    return dict(case.api.request("POST", f"/apis/{group}/v1{scope}/{plural}", body, **options))


def token_review(case: Case) -> None:
    name = case.unique("sa")
    made = case.create(SERVICE_ACCOUNTS, {"metadata": {"name": name}})
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = case.api.request("POST", SERVICE_ACCOUNTS.path(case.namespace, name, "token"), body)["status"]["token"]
    found = _review(case, "authentication.k8s.io", "tokenreviews", "TokenReview", {"token": token})["status"]
    case.true(
        found.get("authenticated") and not found.get("error"), f"the token is authenticated: {found.get('error')}"
    )
    case.equal(found["user"]["username"], f"system:serviceaccount:{case.namespace}:{name}", "the user of the token")
    case.equal(found["user"]["uid"], made["metadata"]["uid"], "the uid of the token's user")
    groups = {"system:serviceaccounts", f"system:serviceaccounts:{case.namespace}", "system:authenticated"}
    case.true(groups <= set(found["user"]["groups"]), f"the groups of the token's user: {found['user']['groups']}")


def root_certificate(case: Case) -> None:
    name = "kube-root-ca.crt"
    first = case.eventually(lambda: case.get(CONFIG_MAPS, name), "the root certificate")
    case.true("ca.crt" in first["data"], "the config map holds ca.crt")
    case.api.delete(CONFIG_MAPS, case.namespace, name)

    def again() -> bool:
        return bool(case.get(CONFIG_MAPS, name)["metadata"]["uid"] != first["metadata"]["uid"])

    case.eventually(again, "the root certificate to come back")
    body = {"metadata": {"name": name}, "data": {"ca.crt": ""}}
    case.api.update(CONFIG_MAPS, case.namespace, body)
    case.eventually(
        lambda: case.get(CONFIG_MAPS, name)["data"] == first["data"], "the root certificate to be put right"
    )


def automount(case: Case) -> None:
    """Mounted unless the pod says no, or says nothing and its account says no."""
    accounts: dict[str, bool | None] = {"default": None, "mount": True, "nomount": False}
    for name, value in accounts.items():
        if name == "default":
            continue
        case.create(SERVICE_ACCOUNTS, {"metadata": {"name": name}, "automountServiceAccountToken": value})
    for account, of_account in accounts.items():
        for of_pod in (None, True, False):
            spec: dict[str, Any] = {"serviceAccountName": account}
            if of_pod is not None:
                spec["automountServiceAccountToken"] = of_pod
            made = case.create(PODS, pod(case.unique("pod"), **spec))
            mounts = [one["mountPath"] for one in made["spec"]["containers"][0].get("volumeMounts") or ()]
            expected = of_pod if of_pod is not None else of_account is not False
            case.equal(_MOUNT in mounts, expected, f"a token in a pod of {account} that asks for {of_pod}")


def subject_reviews(case: Case) -> None:
    name = case.unique("e2e")
    case.create(SERVICE_ACCOUNTS, {"metadata": {"name": name}})
    user = f"system:serviceaccount:{case.namespace}:{name}"
    attributes = {"verb": "list", "resource": "configmaps", "version": "v1", "namespace": case.namespace}
    group = "authorization.k8s.io"
    spec = {"resourceAttributes": attributes, "user": user}
    found = _review(case, group, "subjectaccessreviews", "SubjectAccessReview", spec)
    case.equal(found["status"]["allowed"], False, "an account without rights, by SubjectAccessReview")
    local = _review(case, group, "localsubjectaccessreviews", "LocalSubjectAccessReview", spec, case.namespace)
    case.equal(local["status"]["allowed"], False, "an account without rights, by LocalSubjectAccessReview")
    headers = {"Impersonate-User": user}
    path = CONFIG_MAPS.path(case.namespace)
    case.refused(403, case.api.request, "GET", path, headers=headers)
    role = case.unique("e2e-role")
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}
    case.create(kinds.CLUSTER_ROLES, {"metadata": {"name": role}, "rules": [rule]})
    subject = {"kind": "ServiceAccount", "name": name, "namespace": case.namespace}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    case.create(kinds.CLUSTER_ROLE_BINDINGS, {"metadata": {"name": role}, "roleRef": reference, "subjects": [subject]})
    case.eventually(
        lambda: _review(case, group, "subjectaccessreviews", "SubjectAccessReview", spec)["status"]["allowed"],
        "the new right to show in a review",
    )
    local = _review(case, group, "localsubjectaccessreviews", "LocalSubjectAccessReview", spec, case.namespace)
    case.equal(local["status"]["allowed"], True, "an account with rights, by LocalSubjectAccessReview")
    case.api.request("GET", path, headers=headers)


_AUTH = "[sig-auth] ServiceAccounts should "
CHECKS = (
    Check(_AUTH + "create a serviceAccountToken and ensure a successful TokenReview [Conformance]", token_review),
    Check(_AUTH + "guarantee kube-root-ca.crt exist in any namespace [Conformance]", root_certificate),
    Check(_AUTH + "allow opting out of API token automount [Conformance]", automount),
    Check("[sig-auth] SubjectReview should support SubjectReview API operations [Conformance]", subject_reviews),
)
