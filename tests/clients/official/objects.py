"""The official client, synchronous: reading and writing."""

from __future__ import annotations

import datetime
import tempfile

from kubernetes import client, config, stream, utils
from kubernetes.client.exceptions import (
    ApiException,
    ConflictException,
    NotFoundException,
    UnprocessableEntityException,
)
from report import Context, run


def config_map(name, data=None, **labels):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels=labels or None), data=data)


def deployment(name):
    labels = {"app": name}
    container = client.V1Container(name="c", image="nginx:1.27")
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container])
    )
    spec = client.V1DeploymentSpec(replicas=1, selector=client.V1LabelSelector(match_labels=labels), template=template)
    return client.V1Deployment(metadata=client.V1ObjectMeta(name=name), spec=spec)


def reason_of(error):
    return [error.status, client.V1Status.from_json(error.body).reason]


def raised(expected, call, *arguments):
    try:
        call(*arguments)
    except expected as error:
        return reason_of(error)
    raise AssertionError(f"no {expected.__name__}")


def crud(context: Context):
    core = client.CoreV1Api()
    made = core.create_namespaced_config_map(context.namespace, config_map("crud", {"a": "1"}))
    assert made.metadata.uid and made.metadata.creation_timestamp.tzinfo is not None
    assert core.read_namespaced_config_map("crud", context.namespace) == made
    made.data = {"a": "2"}
    replaced = core.replace_namespaced_config_map("crud", context.namespace, made)
    assert int(replaced.metadata.resource_version) > int(made.metadata.resource_version)
    assert "crud" in [item.metadata.name for item in core.list_namespaced_config_map(context.namespace).items]
    core.create_namespaced_config_map(context.namespace, config_map("gone"))
    status = core.delete_namespaced_config_map("gone", context.namespace)
    assert (status["status"], status["details"]["name"]) == ("Success", "gone")


def pages(context: Context):
    core = client.CoreV1Api()
    for number in range(7):
        core.create_namespaced_config_map(
            context.namespace, config_map(f"page-{number}", kind="page", odd=str(number % 2))
        )
    names, token, versions = [], None, set()
    while True:
        page = core.list_namespaced_config_map(context.namespace, label_selector="kind=page", limit=3, _continue=token)
        names += [item.metadata.name for item in page.items]
        versions.add(page.metadata.resource_version)
        token = page.metadata._continue
        if not token:
            break
    assert names == [f"page-{number}" for number in range(7)] and len(versions) == 1
    odd = core.list_namespaced_config_map(context.namespace, label_selector="kind in (page),odd!=0").items
    assert [item.metadata.name for item in odd] == ["page-1", "page-3", "page-5"]
    one = core.list_namespaced_config_map(context.namespace, field_selector="metadata.name=page-4").items
    assert [item.metadata.name for item in one] == ["page-4"]
    core.delete_collection_namespaced_config_map(context.namespace, label_selector="odd=1")
    return [item.metadata.name for item in core.list_namespaced_config_map(context.namespace).items]


def patches(context: Context):
    apps = client.AppsV1Api()
    apps.create_namespaced_deployment(context.namespace, deployment("patched"))
    add = [{"op": "add", "path": "/metadata/labels", "value": {"by": "json"}}]
    patch = apps.patch_namespaced_deployment
    assert patch("patched", context.namespace, add).metadata.labels == {"by": "json"}
    merge = {"metadata": {"labels": {"by": None, "too": "merge"}}}
    merged = patch("patched", context.namespace, merge, _content_type="application/merge-patch+json")
    assert merged.metadata.labels == {"too": "merge"}
    second = {"spec": {"template": {"spec": {"containers": [{"name": "d", "image": "busybox"}]}}}}
    strategic = patch("patched", context.namespace, second, _content_type="application/strategic-merge-patch+json")
    return [container.name for container in strategic.spec.template.spec.containers]


def apply(context: Context):
    core = client.CoreV1Api()

    def by(manager, value, **options):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": {"a": value}}
        return core.patch_namespaced_config_map(
            "applied",
            context.namespace,
            body,
            field_manager=manager,
            _content_type="application/apply-patch+yaml",
            **options,
        )

    made = by("one", "1")
    assert [(entry.manager, entry.operation) for entry in made.metadata.managed_fields] == [("one", "Apply")]
    assert by("one", "1").metadata.resource_version == made.metadata.resource_version
    try:
        by("two", "2")
    except ConflictException as error:
        causes = client.V1Status.from_json(error.body).details.causes
        assert [(cause.reason, cause.field) for cause in causes] == [("FieldManagerConflict", ".data.a")]
    else:
        raise AssertionError("no conflict")
    assert by("two", "2", force=True).data == {"a": "2"}


def subresources(context: Context):
    apps = client.AppsV1Api()
    apps.create_namespaced_deployment(context.namespace, deployment("scaled"))
    scale = apps.read_namespaced_deployment_scale("scaled", context.namespace)
    assert (scale.spec.replicas, scale.status.selector) == (1, "app=scaled")
    scale.spec.replicas = 3
    scale.metadata.resource_version = None  # the controller writes the status meanwhile
    assert apps.replace_namespaced_deployment_scale("scaled", context.namespace, scale).spec.replicas == 3
    body = {"spec": {"replicas": 2}}
    assert apps.patch_namespaced_deployment_scale("scaled", context.namespace, body).spec.replicas == 2
    core = client.CoreV1Api()
    pod = client.V1Pod(
        metadata=client.V1ObjectMeta(name="with-status"),
        spec=client.V1PodSpec(
            containers=[client.V1Container(name="c", image="nginx")], scheduling_gates=[{"name": "example.com/wait"}]
        ),
    )
    core.create_namespaced_pod(context.namespace, pod)
    body = {"metadata": {"labels": {"not": "written"}}, "status": {"message": "from the client"}}
    patched = core.patch_namespaced_pod_status("with-status", context.namespace, body)
    return patched.status.message


def errors(context: Context):
    core = client.CoreV1Api()
    namespace = context.namespace
    stale = core.create_namespaced_config_map(namespace, config_map("twice"))
    stale.metadata.resource_version = "1"
    portless = {"metadata": {"name": "s"}, "spec": {}}
    return [
        raised(NotFoundException, core.read_namespaced_config_map, "absent", namespace),
        raised(ConflictException, core.create_namespaced_config_map, namespace, config_map("twice")),
        raised(ConflictException, core.replace_namespaced_config_map, "twice", namespace, stale),
        raised(UnprocessableEntityException, core.create_namespaced_config_map, namespace, config_map("Not_A_Name")),
        raised(UnprocessableEntityException, core.create_namespaced_service, namespace, portless),
    ]


def auth(context: Context):
    by_certificate = client.AuthenticationV1Api().create_self_subject_review({})
    request = {"spec": {"audiences": None, "expirationSeconds": 600}}
    token = client.CoreV1Api().create_namespaced_service_account_token("default", context.namespace, request)
    assert token.status.expiration_timestamp.tzinfo is not None
    configuration = client.Configuration()
    config.load_kube_config(context.kubeconfig, client_configuration=configuration)
    configuration.cert_file = configuration.key_file = None
    configuration.api_key["authorization"] = f"Bearer {token.status.token}"
    with client.ApiClient(configuration) as other:
        by_token = client.AuthenticationV1Api(other).create_self_subject_review({})
    return [by_certificate.status.user_info.username, by_token.status.user_info.username]


def events(context: Context):
    regarding = client.V1ObjectReference(kind="ConfigMap", name="crud", namespace=context.namespace)
    event = client.EventsV1Event(
        metadata=client.V1ObjectMeta(generate_name="said-"),
        event_time=datetime.datetime.now(datetime.UTC),
        reporting_controller="example.com/client",
        reporting_instance="client-1",
        action="Saying",
        reason="Said",
        type="Normal",
        note="by the client",
        regarding=regarding,
    )
    made = client.EventsV1Api().create_namespaced_event(context.namespace, event)
    same = client.CoreV1Api().list_namespaced_event(context.namespace, field_selector="reason=Said").items
    assert [item.metadata.name for item in same] == [made.metadata.name]
    return [same[0].reason, same[0].message, same[0].involved_object.name]


def leases(context: Context):
    leases = client.CoordinationV1Api()
    body = {"metadata": {"name": "held"}, "spec": {"holderIdentity": "me", "renewTime": "2026-01-02T03:04:05.678901Z"}}
    made = leases.create_namespaced_lease(context.namespace, body)
    assert made.spec.renew_time.microsecond == 678901
    made.spec.holder_identity = "you"
    return leases.replace_namespaced_lease("held", context.namespace, made).spec.holder_identity


def streams(context: Context):
    core = client.CoreV1Api()
    saw = []
    try:
        core.read_namespaced_pod_log("absent", context.namespace)
    except NotFoundException as error:
        saw.append(reason_of(error))
    for name in ("absent", "with-status"):
        with client.ApiClient() as own:  # stream() changes the client it is given
            exec_ = client.CoreV1Api(own).connect_get_namespaced_pod_exec
            try:
                stream.stream(exec_, name, context.namespace, command=["true"], stdout=True)
            except ApiException as error:
                saw.append([error.status, error.reason.split(" -+-+- ")[0]])
    return saw


YAML = """
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: from-list}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: from-yaml}
spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}
"""


def yaml(context: Context):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(YAML)
        file.flush()
        utils.create_from_yaml(client.ApiClient(), file.name, namespace=context.namespace)
        try:
            utils.create_from_yaml(client.ApiClient(), file.name, namespace=context.namespace)
        except utils.FailToCreateError as error:
            return [reason_of(each) for each in error.api_exceptions]
    raise AssertionError("created twice")


if __name__ == "__main__":
    config.load_kube_config()
    run("kubernetes", crud, pages, patches, apply, subresources, errors, auth, events, leases, streams, yaml)
