"""Every resource the server has from birth: the group-versions that are GA in v1.37.

The order of the table is that of discovery: by group priority (as upstream's aggregator ranks them), newest version
first, then by name. Custom resources give the same values at run time.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from apimachinery.gvk import GroupResource, GroupVersion, GroupVersionKind, GroupVersionResource

STANDARD_VERBS: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_STATUS_VERBS: Final = ("get", "patch", "update")
_PROXY_VERBS: Final = ("create", "delete", "get", "patch", "update")


@dataclass(frozen=True, slots=True)
class Subresource:
    name: str
    kind: GroupVersionKind
    """What it reads and writes, which may be of another group (``Scale``)."""
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    group: str
    version: str
    plural: str
    singular: str
    kind: str
    list_kind: str
    """Empty where nothing can be listed."""
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    subresources: tuple[Subresource, ...]
    storage: GroupVersionKind
    """The version objects are stored in; others are converted from it."""
    storage_resource: GroupResource
    """Under which name they are stored."""
    returns_deleted: bool = False
    """Whether a deletion answers with the deleted object where others answer with a Status."""

    @property
    def gvr(self) -> GroupVersionResource:
        return GroupVersionResource(self.group, self.version, self.plural)

    @property
    def gvk(self) -> GroupVersionKind:
        return GroupVersionKind(self.group, self.version, self.kind)

    @property
    def group_version(self) -> GroupVersion:
        return GroupVersion(self.group, self.version)

    @property
    def group_resource(self) -> GroupResource:
        return GroupResource(self.group, self.plural)

    @property
    def storage_version_hash(self) -> str:
        """What discovery says of the stored version; empty where nothing is stored."""
        if "list" not in self.verbs or "create" not in self.verbs:
            return ""
        digest = hashlib.sha256("/".join(self.storage).encode()).digest()
        return b64encode(digest[:8]).decode()

    def subresource(self, name: str) -> Subresource | None:
        return next((sub for sub in self.subresources if sub.name == name), None)


# plural, kind, scope; then in any order: +short name, @category, /subresource, verbs=… where not the standard ones,
# and ! where a deletion answers with the object.
_TABLE: Final = """
[v1]
bindings                Binding                namespaced  verbs=create
componentstatuses       ComponentStatus        cluster     verbs=get,list +cs
configmaps              ConfigMap              namespaced  +cm
endpoints               Endpoints              namespaced  +ep
events                  Event                  namespaced  +ev
limitranges             LimitRange             namespaced  +limits
namespaces              Namespace              cluster     verbs=create,delete,get,list,patch,update,watch +ns \
/finalize /status
nodes                   Node                   cluster     +no /proxy /status
persistentvolumeclaims  PersistentVolumeClaim  namespaced  ! +pvc /status
persistentvolumes       PersistentVolume       cluster     ! +pv /status
pods                    Pod                    namespaced  ! +po @all /attach /binding /ephemeralcontainers \
/eviction /exec /log /portforward /proxy /resize /status
podtemplates            PodTemplate            namespaced  !
replicationcontrollers  ReplicationController  namespaced  +rc @all /scale /status
resourcequotas          ResourceQuota          namespaced  ! +quota /status
secrets                 Secret                 namespaced
serviceaccounts         ServiceAccount         namespaced  ! +sa /token
services                Service                namespaced  ! +svc @all /proxy /status
[apiregistration.k8s.io/v1]
apiservices  APIService  cluster  @api-extensions /status
[apps/v1]
controllerrevisions  ControllerRevision  namespaced
daemonsets           DaemonSet           namespaced  +ds @all /status
deployments          Deployment          namespaced  +deploy @all /scale /status
replicasets          ReplicaSet          namespaced  +rs @all /scale /status
statefulsets         StatefulSet         namespaced  +sts @all /scale /status
[events.k8s.io/v1]
events  Event  namespaced  +ev
[authentication.k8s.io/v1]
selfsubjectreviews  SelfSubjectReview  cluster  verbs=create
tokenreviews        TokenReview        cluster  verbs=create
[authorization.k8s.io/v1]
localsubjectaccessreviews  LocalSubjectAccessReview  namespaced  verbs=create
selfsubjectaccessreviews   SelfSubjectAccessReview   cluster     verbs=create
selfsubjectrulesreviews    SelfSubjectRulesReview    cluster     verbs=create
subjectaccessreviews       SubjectAccessReview       cluster     verbs=create
[autoscaling/v2]
horizontalpodautoscalers  HorizontalPodAutoscaler  namespaced  +hpa @all /status
[autoscaling/v1]
horizontalpodautoscalers  HorizontalPodAutoscaler  namespaced  +hpa @all /status
[batch/v1]
cronjobs  CronJob  namespaced  +cj @all /status
jobs      Job      namespaced  @all /status
[certificates.k8s.io/v1]
certificatesigningrequests  CertificateSigningRequest  cluster     +csr /approval /status
clustertrustbundles         ClusterTrustBundle         cluster
podcertificaterequests      PodCertificateRequest      namespaced  /status
[networking.k8s.io/v1]
ingressclasses   IngressClass   cluster
ingresses        Ingress        namespaced  +ing /status
ipaddresses      IPAddress      cluster     +ip
networkpolicies  NetworkPolicy  namespaced  +netpol
servicecidrs     ServiceCIDR    cluster     /status
[policy/v1]
poddisruptionbudgets  PodDisruptionBudget  namespaced  +pdb /status
[rbac.authorization.k8s.io/v1]
clusterrolebindings  ClusterRoleBinding  cluster
clusterroles         ClusterRole         cluster
rolebindings         RoleBinding         namespaced
roles                Role                namespaced
[storage.k8s.io/v1]
csidrivers               CSIDriver              cluster     !
csinodes                 CSINode                cluster     ! /status
csistoragecapacities     CSIStorageCapacity     namespaced
storageclasses           StorageClass           cluster     ! +sc
volumeattachments        VolumeAttachment       cluster     ! /status
volumeattributesclasses  VolumeAttributesClass  cluster     ! +vac
[admissionregistration.k8s.io/v1]
mutatingadmissionpolicies          MutatingAdmissionPolicy           cluster  @api-extensions
mutatingadmissionpolicybindings    MutatingAdmissionPolicyBinding    cluster  @api-extensions
mutatingwebhookconfigurations      MutatingWebhookConfiguration      cluster  @api-extensions
validatingadmissionpolicies        ValidatingAdmissionPolicy         cluster  @api-extensions /status
validatingadmissionpolicybindings  ValidatingAdmissionPolicyBinding  cluster  @api-extensions
validatingwebhookconfigurations    ValidatingWebhookConfiguration    cluster  @api-extensions
[apiextensions.k8s.io/v1]
customresourcedefinitions  CustomResourceDefinition  cluster  +crd +crds @api-extensions /status
[scheduling.k8s.io/v1]
priorityclasses  PriorityClass  cluster  +pc
[coordination.k8s.io/v1]
leases  Lease  namespaced
[node.k8s.io/v1]
runtimeclasses  RuntimeClass  cluster
[discovery.k8s.io/v1]
endpointslices  EndpointSlice  namespaced
[flowcontrol.apiserver.k8s.io/v1]
flowschemas                  FlowSchema                  cluster  /status
prioritylevelconfigurations  PriorityLevelConfiguration  cluster  /status
[resource.k8s.io/v1]
deviceclasses           DeviceClass            cluster     !
devicetaintrules        DeviceTaintRule        cluster     /status
resourceclaims          ResourceClaim          namespaced  ! /status
resourceclaimtemplates  ResourceClaimTemplate  namespaced  !
resourceslices          ResourceSlice          cluster     !
[storagemigration.k8s.io/v1]
storageversionmigrations  StorageVersionMigration  cluster  /status
"""

_SCALE = GroupVersionKind("autoscaling", "v1", "Scale")
# Subresources that are not "the object itself, to get, patch and update".
_SPECIAL: Final = MappingProxyType(
    {
        "attach": (GroupVersionKind("", "v1", "PodAttachOptions"), ("create", "get")),
        "binding": (GroupVersionKind("", "v1", "Binding"), ("create",)),
        "eviction": (GroupVersionKind("policy", "v1", "Eviction"), ("create",)),
        "exec": (GroupVersionKind("", "v1", "PodExecOptions"), ("create", "get")),
        "finalize": (GroupVersionKind("", "v1", "Namespace"), ("update",)),
        "log": (GroupVersionKind("", "v1", "Pod"), ("get",)),
        "portforward": (GroupVersionKind("", "v1", "PodPortForwardOptions"), ("create", "get")),
        "scale": (_SCALE, _STATUS_VERBS),
        "token": (GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest"), ("create",)),
    }
)
# Kinds served in several versions or under several names, stored as one.
_STORED_AS: Final = MappingProxyType(
    {
        GroupVersionResource("events.k8s.io", "v1", "events"): GroupVersion("", "v1"),
        GroupVersionResource("autoscaling", "v1", "horizontalpodautoscalers"): GroupVersion("autoscaling", "v2"),
    }
)


def _subresource(group_version: GroupVersion, kind: str, name: str) -> Subresource:
    if name == "proxy":
        return Subresource(name, group_version.kind(f"{kind}ProxyOptions"), _PROXY_VERBS)
    special = _SPECIAL.get(name)
    return Subresource(name, *special) if special else Subresource(name, group_version.kind(kind), _STATUS_VERBS)


def _resource(group_version: GroupVersion, line: str) -> Resource:
    plural, kind, scope, *marks = line.split()
    marked: dict[str, list[str]] = {"+": [], "@": [], "/": [], "!": [], "v": []}
    for mark in marks:
        marked[mark[0]].append(mark[1:])
    verbs = tuple(marked["v"][0].removeprefix("erbs=").split(",")) if marked["v"] else STANDARD_VERBS
    group, version = group_version
    stored = _STORED_AS.get(GroupVersionResource(group, version, plural), group_version)
    return Resource(
        group=group,
        version=version,
        plural=plural,
        singular=kind.lower(),
        kind=kind,
        list_kind=f"{kind}List" if "list" in verbs else "",
        namespaced=scope == "namespaced",
        verbs=verbs,
        short_names=tuple(marked["+"]),
        categories=tuple(marked["@"]),
        subresources=tuple(_subresource(group_version, kind, name) for name in marked["/"]),
        storage=stored.kind(kind),
        storage_resource=GroupResource(stored.group, plural),
        returns_deleted=bool(marked["!"]),
    )


def _read(table: str) -> tuple[Resource, ...]:
    resources: list[Resource] = []
    group_version = GroupVersion("", "")
    for line in filter(None, table.splitlines()):
        if line.startswith("["):
            group_version = GroupVersion.parse(line.strip("[]"))
        else:
            resources.append(_resource(group_version, line))
    return tuple(resources)


RESOURCES: Final[tuple[Resource, ...]] = _read(_TABLE)

GROUP_VERSIONS: Final[tuple[GroupVersion, ...]] = tuple(dict.fromkeys(resource.group_version for resource in RESOURCES))
"""In the order of discovery: groups by priority, within a group the preferred version first."""

GROUP_ORDER: Final[tuple[str, ...]] = tuple(dict.fromkeys(group for group, _ in GROUP_VERSIONS))

GROUP_PRIORITIES: Final = MappingProxyType(
    {
        GroupVersion("", "v1"): (18000, 1),
        GroupVersion("apiregistration.k8s.io", "v1"): (18000, 15),
        GroupVersion("apps", "v1"): (17800, 15),
        GroupVersion("events.k8s.io", "v1"): (17750, 15),
        GroupVersion("authentication.k8s.io", "v1"): (17700, 15),
        GroupVersion("authorization.k8s.io", "v1"): (17600, 15),
        GroupVersion("autoscaling", "v2"): (17500, 30),
        GroupVersion("autoscaling", "v1"): (17500, 15),
        GroupVersion("batch", "v1"): (17400, 15),
        GroupVersion("certificates.k8s.io", "v1"): (17300, 15),
        GroupVersion("networking.k8s.io", "v1"): (17200, 15),
        GroupVersion("policy", "v1"): (17100, 15),
        GroupVersion("rbac.authorization.k8s.io", "v1"): (17000, 15),
        GroupVersion("storage.k8s.io", "v1"): (16800, 15),
        GroupVersion("admissionregistration.k8s.io", "v1"): (16700, 15),
        GroupVersion("apiextensions.k8s.io", "v1"): (16700, 15),
        GroupVersion("scheduling.k8s.io", "v1"): (16600, 15),
        GroupVersion("coordination.k8s.io", "v1"): (16500, 15),
        GroupVersion("node.k8s.io", "v1"): (16300, 15),
        GroupVersion("discovery.k8s.io", "v1"): (16200, 15),
        GroupVersion("flowcontrol.apiserver.k8s.io", "v1"): (16100, 21),
        GroupVersion("resource.k8s.io", "v1"): (15900, 21),
        GroupVersion("storagemigration.k8s.io", "v1"): (15800, 21),
    }
)
"""(groupPriorityMinimum, versionPriority) of the automatically registered APIServices.

Source: upstream's DefaultGenericAPIServicePriorities and kube-apiserver's own list.
"""
