"""NodeRestriction: a node writes about itself and its pods alone. What it may do at all, the Node authorizer says.

Source: k8s.io/kubernetes plugin/pkg/admission/noderestriction; the sentences are upstream's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from cryptography import x509
from cryptography.x509.oid import NameOID

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import NotFound
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.mirror_pods import is_mirror, owner_trouble, referred_resource
from server.admission.node_audiences import CacheOf, has_audience
from server.admission.node_labels import forbidden_changes
from server.admission.refusal import forbidden
from server.authz.authorizer import Attributes as Asked
from server.authz.authorizer import Authorizer
from server.authz.node.identity import PREFIX, node_of
from server.authz.node.references import MIRROR

_PODS, _NODES = GroupResource("", "pods"), GroupResource("", "nodes")
_CLAIMS, _ACCOUNTS = GroupResource("", "persistentvolumeclaims"), GroupResource("", "serviceaccounts")
_LEASES = GroupResource("coordination.k8s.io", "leases")
_CSI_NODES = GroupResource("storage.k8s.io", "csinodes")
_SLICES = GroupResource("resource.k8s.io", "resourceslices")
_CERTIFICATES = "certificates.k8s.io"
_REQUESTS = GroupResource(_CERTIFICATES, "certificatesigningrequests")
_POD_CERTIFICATES = GroupResource(_CERTIFICATES, "podcertificaterequests")
_NODE_SIGNERS = ("kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet")
_LEASE_NAMESPACE = "kube-node-lease"
_CLAIM_STATUS = ("capacity", "conditions", "allocatedResources", "allocatedResourceStatuses")
_AUDIENCE_VERB = "request-serviceaccounts-token-audience"


class NodeRestriction:
    name = "NodeRestriction"

    def __init__(self, cache_of: CacheOf, authorizer: Authorizer) -> None:
        self._cache_of = cache_of
        self._authorizer = authorizer
        self._checks: dict[GroupResource, Callable[[str, Attributes], None]] = {
            _PODS: self._pod,
            _NODES: self._node,
            _CLAIMS: self._claim,
            _POD_CERTIFICATES: self._pod_certificate,
            _LEASES: self._lease,
            _CSI_NODES: self._csi_node,
            _SLICES: self._slice,
            _REQUESTS: self._signing_request,
        }

    async def mutate(self, attributes: Attributes) -> None:
        """Creations and updates are looked at as they were sent, before anything else is done to them."""
        await self._admit(attributes)

    async def validate(self, attributes: Attributes) -> None:
        if attributes.operation == "DELETE":
            await self._admit(attributes)

    async def _admit(self, attributes: Attributes) -> None:
        node = node_of(attributes.user)
        if node is None:
            return
        if not node:
            raise forbidden(attributes, f'could not determine node from user "{attributes.user.name}"')
        if attributes.group_resource == _ACCOUNTS:
            await self._token(node, attributes)
            return
        check = self._checks.get(attributes.group_resource)
        if check is not None:
            check(node, attributes)

    def _existing_pod(self, attributes: Attributes, name: str) -> Object:
        pod = found(self._cache_of(_PODS), attributes.namespace, name)
        if pod is None:
            raise NotFound.of(_PODS, name)
        return pod

    # pods

    def _pod(self, node: str, attributes: Attributes) -> None:
        subresource = attributes.subresource
        if subresource == "status":
            self._pod_status(node, attributes)
        elif subresource == "eviction":
            self._eviction(node, attributes)
        elif subresource:
            what = f"unexpected pod subresource \"{subresource}\", only 'status' and 'eviction' are allowed"
            raise forbidden(attributes, what)
        elif attributes.operation == "CREATE":
            self._new_pod(node, attributes)
        elif attributes.operation != "DELETE":
            only = f'node "{node}" can only create and delete mirror pods'
            raise forbidden(attributes, f'unexpected operation "{attributes.operation}", {only}')
        elif attributes.old is not None and attributes.old["spec"].get("nodeName", "") != node:
            raise forbidden(attributes, f'node "{node}" can only delete pods with spec.nodeName set to itself')

    def _new_pod(self, node: str, attributes: Attributes) -> None:
        pod = attributes.obj
        assert pod is not None
        if not is_mirror(pod):
            why = f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods'
            raise forbidden(attributes, why)
        if pod["spec"].get("nodeName", "") != node:
            raise forbidden(attributes, f'node "{node}" can only create pods with spec.nodeName set to itself')
        if trouble := owner_trouble(pod, node):
            raise forbidden(attributes, trouble)
        entry = self._cache_of(_NODES).get("", node)
        if entry is None:
            raise NotFound.of(_NODES, node)
        uid = pod["metadata"]["ownerReferences"][0].get("uid", "")
        if uid != entry.uid:
            raise forbidden(attributes, f"node {node} UID mismatch: expected {uid} got {entry.uid}")
        if resource := referred_resource(pod):
            raise forbidden(attributes, f'node "{node}" can not create pods that reference {resource}')

    def _pod_status(self, node: str, attributes: Attributes) -> None:
        new, old = attributes.obj, attributes.old
        if attributes.operation != "UPDATE" or new is None or old is None:
            raise forbidden(attributes, f'unexpected operation "{attributes.operation}"')
        if old["spec"].get("nodeName", "") != node:
            why = f'node "{node}" can only update pod status for pods with spec.nodeName set to itself'
            raise forbidden(attributes, why)
        if (new["metadata"].get("labels") or {}) != (old["metadata"].get("labels") or {}):
            raise forbidden(attributes, f'node "{node}" cannot update labels through pod status')
        now, before = new.get("status") or {}, old.get("status") or {}
        if (now.get("resourceClaimStatuses") or []) != (before.get("resourceClaimStatuses") or []):
            raise forbidden(attributes, f'node "{node}" cannot update resource claim statues')
        if now.get("extendedResourceClaimStatus") != before.get("extendedResourceClaimStatus"):
            raise forbidden(attributes, f'node "{node}" cannot update extended resource claim status')

    def _eviction(self, node: str, attributes: Attributes) -> None:
        if attributes.operation != "CREATE":
            raise forbidden(attributes, f"unexpected operation {attributes.operation}")
        pod = self._existing_pod(attributes, attributes.name)
        if pod["spec"].get("nodeName", "") != node:
            raise forbidden(attributes, f"node {node} can only evict pods with spec.nodeName set to itself")

    # nodes

    def _node(self, node: str, attributes: Attributes) -> None:
        new, old = attributes.obj, attributes.old
        name = attributes.name or ((old or {}).get("metadata") or {}).get("name", "")
        if name != node:
            raise forbidden(attributes, f'node "{node}" is not allowed to modify node "{name}"')
        if new is None:
            return
        source = new["spec"].get("configSource") if new.get("spec") else None
        if old is None:
            if source is not None:
                why = f'node "{node}" is not allowed to create pods with a non-nil configSource'
                raise forbidden(attributes, why)
            if labels := forbidden_changes(new["metadata"].get("labels") or {}, {}):
                why = f'node "{node}" is not allowed to set the following labels: {", ".join(labels)}'
                raise forbidden(attributes, why)
            return
        if source is not None and source != (old.get("spec") or {}).get("configSource"):
            raise forbidden(
                attributes, f'node "{node}" is not allowed to update configSource to a new non-nil configSource'
            )
        self._node_change(node, attributes, new, old)

    def _node_change(self, node: str, attributes: Attributes, new: Object, old: Object) -> None:
        for what, now, before in (
            ("taints", (new.get("spec") or {}).get("taints"), (old.get("spec") or {}).get("taints")),
            ("ownerReferences", new["metadata"].get("ownerReferences"), old["metadata"].get("ownerReferences")),
        ):
            if (now or []) != (before or []):
                raise forbidden(attributes, f'node "{node}" is not allowed to modify {what}')
        labels = forbidden_changes(new["metadata"].get("labels") or {}, old["metadata"].get("labels") or {})
        if labels:
            raise forbidden(attributes, f"is not allowed to modify labels: {', '.join(labels)}")

    # what belongs to a node, or to its pods

    def _claim(self, node: str, attributes: Attributes) -> None:
        if attributes.subresource != "status":
            raise forbidden(attributes, "may only update PVC status")
        if attributes.operation != "UPDATE" or attributes.obj is None or attributes.old is None:
            raise forbidden(attributes, f'unexpected operation "{attributes.operation}"')
        if _but_for_resizing(attributes.obj) != _but_for_resizing(attributes.old):
            why = f'node "{node}" is not allowed to update fields other than status.quantity and status.conditions'
            raise forbidden(attributes, why)

    def _lease(self, node: str, attributes: Attributes) -> None:
        if attributes.namespace != _LEASE_NAMESPACE:
            raise forbidden(attributes, f'can only access leases in the "{_LEASE_NAMESPACE}" system namespace')
        if attributes.name != node:
            raise forbidden(attributes, "can only access node lease with the same name as the requesting node")

    def _csi_node(self, node: str, attributes: Attributes) -> None:
        if attributes.name != node:
            raise forbidden(attributes, "can only access CSINode with the same name as the requesting node")

    def _slice(self, node: str, attributes: Attributes) -> None:
        for operation, obj in (("CREATE", attributes.obj), ("DELETE", attributes.old)):
            if attributes.operation == operation and obj is not None and obj["spec"].get("nodeName") != node:
                why = f"can only {operation.lower()} ResourceSlice with the same NodeName as the requesting node"
                raise forbidden(attributes, why)

    def _signing_request(self, node: str, attributes: Attributes) -> None:
        request = attributes.obj
        if attributes.operation != "CREATE" or attributes.subresource or request is None:
            return
        if request["spec"].get("signerName") not in _NODE_SIGNERS:
            return
        try:
            name = _common_name(request["spec"].get("request") or "")
        except (ValueError, binascii.Error) as error:
            raise forbidden(attributes, f"unable to parse csr: {error}") from None
        if name != PREFIX + node:
            raise forbidden(attributes, f"can only create a node CSR with CN={PREFIX}{node}")

    # tokens and certificates for pods

    async def _token(self, node: str, attributes: Attributes) -> None:
        if attributes.operation != "CREATE" or attributes.subresource != "token" or attributes.obj is None:
            return
        spec = attributes.obj["spec"]
        bound = spec.get("boundObjectRef") or {}
        if (bound.get("apiVersion"), bound.get("kind")) != ("v1", "Pod") or not bound.get("name"):
            raise forbidden(attributes, "node requested token not bound to a pod")
        uid = bound.get("uid")
        if not uid:
            raise forbidden(attributes, "node requested token with a pod binding without a uid")
        pod = self._existing_pod(attributes, bound["name"])
        if uid != pod["metadata"]["uid"]:
            why = f"the UID in the bound object reference ({uid}) does not match the UID in record. "
            raise forbidden(attributes, why + "The object might have been deleted and then recreated")
        if pod["spec"].get("nodeName", "") != node:
            raise forbidden(attributes, "node requested token bound to a pod scheduled on a different node")
        await self._audience(attributes, pod, spec.get("audiences") or [])

    async def _audience(self, attributes: Attributes, pod: Object, audiences: list[str]) -> None:
        if len(audiences) > 1:
            raise forbidden(attributes, "node may only request 0 or 1 audiences")
        audience = audiences[0] if audiences else ""
        if has_audience(pod, audience, self._cache_of):
            return
        asked = Asked(
            user=attributes.user,
            verb=_AUDIENCE_VERB,
            is_resource=True,
            version="v1",
            resource=audience,
            namespace=attributes.namespace,
            name=attributes.name,
        )
        if (await self._authorizer.authorize(asked)).allowed:
            return
        who = f"{attributes.user.name} is not authorized to request tokens for this audience"
        raise forbidden(attributes, f'audience "{audience}" not found in pod spec volume, {who}')

    def _pod_certificate(self, node: str, attributes: Attributes) -> None:
        request = attributes.obj
        if attributes.operation != "CREATE" or request is None:
            raise forbidden(attributes, f"unexpected operation {attributes.operation}")
        if attributes.subresource:
            raise forbidden(attributes, f"unexpected subresource {attributes.subresource}")
        spec = request["spec"]
        named = spec.get("nodeName", "")
        if named != node:
            why = f'PodCertificateRequest.Spec.NodeName="{named}", which is not the requesting node "{node}"'
            raise forbidden(attributes, why)
        pod = self._existing_pod(attributes, spec.get("podName", ""))
        who = f"{attributes.namespace}/{spec.get('podName', '')}"
        if pod["spec"].get("nodeName", "") != node:
            why = f'pod "{who}" is not running on node "{node}" named in the PodCertificateRequest'
            raise forbidden(attributes, why)
        if is_mirror(pod):
            raise forbidden(attributes, f'pod "{who}" is a mirror pod')
        self._same_pod(attributes, spec, pod, who)

    def _same_pod(self, attributes: Attributes, spec: Object, pod: Object, who: str) -> None:
        """The request speaks of the node, the pod and the service account as they are now."""
        account = pod["spec"].get("serviceAccountName", "")
        if spec.get("serviceAccountName", "") != account:
            why = f'PodCertificateRequest for pod "{who}" contains serviceAccountName '
            why += f'("{spec.get("serviceAccountName", "")}") that differs from running pod ("{account}")'
            raise forbidden(attributes, why)
        for what, field, resource, namespace, name in (
            ("node UID", "nodeUID", _NODES, "", spec.get("nodeName", "")),
            ("pod UID", "podUID", _PODS, attributes.namespace, pod["metadata"]["name"]),
            ("service account UID", "serviceAccountUID", _ACCOUNTS, attributes.namespace, account),
        ):
            entry = self._cache_of(resource).get(namespace, name)
            if entry is None:
                raise NotFound.of(resource, name)
            if entry.uid != spec.get(field, ""):
                why = f'PodCertificateRequest for pod "{who}" names {what} "{spec.get(field, "")}", which is not'
                raise forbidden(attributes, f'{why} the one there is ("{entry.uid}")')


def _but_for_resizing(claim: Object) -> Object:
    metadata = {k: v for k, v in claim["metadata"].items() if k not in ("resourceVersion", "managedFields")}
    status = {k: v for k, v in (claim.get("status") or {}).items() if k not in _CLAIM_STATUS}
    return {**claim, "metadata": metadata, "status": status}


def _common_name(request: str) -> str:
    names = x509.load_pem_x509_csr(base64.b64decode(request)).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[-1].value) if names else ""
