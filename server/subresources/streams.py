"""log, exec, attach, portforward and proxy: what can be answered without a kubelet.

Who asks for something that is not there, or in a wrong way, is told as upstream tells it. What only a kubelet or a
container can answer is a 503 until there is a way to them.
Source: k8s.io/kubernetes pkg/registry/core/pod/rest, pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from apimachinery.fielderrors import FieldError, forbidden, invalid
from apimachinery.gvk import GroupKind, GroupResource
from apimachinery.objects import Object
from apimachinery.status import BadRequest, Invalid, ServiceUnavailable
from server.api import Api
from server.registry.codec import decode
from server.registry.options import read_bool, read_int
from server.registry.served import Served
from server.request import Answer, Request, text
from server.subresources.containers import container_of

_NODES = GroupResource("", "nodes")
_LOG_OPTIONS = GroupKind("", "PodLogOptions")


def _pod(pods: Served, request: Request) -> Object:
    return decode(pods.registry.get(request.info.namespace, request.info.name).value)


def _reach(api: Api, node: str) -> ServiceUnavailable:
    """That the kubelet of a node is out of reach. Raises NotFound for a node that does not exist."""
    api.registries[_NODES].get("", node)
    return ServiceUnavailable(f'the kubelet of node "{node}" cannot be reached', {})


async def log(api: Api, pods: Served, request: Request) -> Answer:
    """204 while the pod is on no node."""
    errors = _log_errors(request)
    pod = _pod(pods, request)
    if errors:
        raise Invalid.of(_LOG_OPTIONS, pod["metadata"]["name"], errors)
    container_of(pod, request.param("container"))
    node = pod["spec"].get("nodeName")
    if not node:
        return text(204, "")
    raise _reach(api, node)


def _log_errors(request: Request) -> list[FieldError]:
    """Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodLogOptions)."""
    errors = []
    tail, limit = read_int(request.query, "tailLines"), read_int(request.query, "limitBytes")
    since = read_int(request.query, "sinceSeconds")
    if tail is not None and tail < 0:
        errors.append(invalid("tailLines", tail, "must be greater than or equal to 0"))
    if limit is not None and limit < 1:
        errors.append(invalid("limitBytes", limit, "must be greater than 0"))
    if since is not None and request.param("sinceTime"):
        errors.append(forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
    elif since is not None and since < 1:
        errors.append(invalid("sinceSeconds", since, "must be greater than 0"))
    return errors


async def stream(api: Api, pods: Served, request: Request) -> Answer:
    """exec and attach: a stream to a container."""
    _refuse_dry_run(request)
    pod = _pod(pods, request)
    container_of(pod, request.param("container"))
    unreachable = _connect(api, pod)
    if request.info.subresource == "exec":
        _check_exec(request)
    raise unreachable


def _refuse_dry_run(request: Request) -> None:
    if "dryRun" in request.query:
        raise BadRequest("dryRun is not supported")


def _check_exec(request: Request) -> None:
    """What the kubelet would say: the API server itself leaves these to it."""
    if not request.param("command"):
        raise BadRequest("you must specify at least 1 command for the container")
    if not any(read_bool(request.query, name) for name in ("stdin", "stdout", "stderr")):
        raise BadRequest("you must specify at least one of stdin, stdout, stderr")


async def port_forward(api: Api, pods: Served, request: Request) -> Answer:
    _refuse_dry_run(request)
    raise _connect(api, _pod(pods, request))


def _connect(api: Api, pod: Object) -> ServiceUnavailable:
    node = pod["spec"].get("nodeName")
    if not node:
        raise BadRequest(f"pod {pod['metadata']['name']} does not have a host assigned")
    return _reach(api, node)


async def proxy(api: Api, served: Served, request: Request) -> Answer:
    """To a pod, a service or a node, named ``[scheme:]name[:port]``."""
    _refuse_dry_run(request)
    parts = request.info.name.split(":")
    if len(parts) > 3:
        raise BadRequest(f'invalid {served.resource.singular} request "{request.info.name}"')
    name = parts[1] if len(parts) == 3 else parts[0]
    served.registry.get(request.info.namespace, name)
    if served.resource.plural == "services":
        raise ServiceUnavailable(f'no endpoints available for service "{name}"', {})
    raise ServiceUnavailable(f"error trying to reach service: {served.resource.singular} {name} is out of reach", {})
