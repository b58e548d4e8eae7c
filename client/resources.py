"""The resources that players use, so that nobody spells a group, version or plural twice."""

from __future__ import annotations

from apimachinery.gvk import GroupVersion

_CORE = GroupVersion("", "v1")
_APPS = GroupVersion("apps", "v1")
_BATCH = GroupVersion("batch", "v1")
_RBAC = GroupVersion("rbac.authorization.k8s.io", "v1")
_STORAGE = GroupVersion("storage.k8s.io", "v1")
_NETWORKING = GroupVersion("networking.k8s.io", "v1")
_RESOURCE = GroupVersion("resource.k8s.io", "v1")
_ADMISSION = GroupVersion("admissionregistration.k8s.io", "v1")

CONFIGMAPS = _CORE.resource("configmaps")
ENDPOINTS = _CORE.resource("endpoints")
EVENTS = _CORE.resource("events")
LIMITRANGES = _CORE.resource("limitranges")
NAMESPACES = _CORE.resource("namespaces")
NODES = _CORE.resource("nodes")
PERSISTENTVOLUMECLAIMS = _CORE.resource("persistentvolumeclaims")
PERSISTENTVOLUMES = _CORE.resource("persistentvolumes")
PODS = _CORE.resource("pods")
PODTEMPLATES = _CORE.resource("podtemplates")
REPLICATIONCONTROLLERS = _CORE.resource("replicationcontrollers")
RESOURCEQUOTAS = _CORE.resource("resourcequotas")
SECRETS = _CORE.resource("secrets")
SERVICEACCOUNTS = _CORE.resource("serviceaccounts")
SERVICES = _CORE.resource("services")

CONTROLLERREVISIONS = _APPS.resource("controllerrevisions")
DAEMONSETS = _APPS.resource("daemonsets")
DEPLOYMENTS = _APPS.resource("deployments")
REPLICASETS = _APPS.resource("replicasets")
STATEFULSETS = _APPS.resource("statefulsets")

CRONJOBS = _BATCH.resource("cronjobs")
JOBS = _BATCH.resource("jobs")

HORIZONTALPODAUTOSCALERS = GroupVersion("autoscaling", "v2").resource("horizontalpodautoscalers")
PODDISRUPTIONBUDGETS = GroupVersion("policy", "v1").resource("poddisruptionbudgets")
LEASES = GroupVersion("coordination.k8s.io", "v1").resource("leases")
ENDPOINTSLICES = GroupVersion("discovery.k8s.io", "v1").resource("endpointslices")
RUNTIMECLASSES = GroupVersion("node.k8s.io", "v1").resource("runtimeclasses")
PRIORITYCLASSES = GroupVersion("scheduling.k8s.io", "v1").resource("priorityclasses")
SUBJECTACCESSREVIEWS = GroupVersion("authorization.k8s.io", "v1").resource("subjectaccessreviews")
CERTIFICATESIGNINGREQUESTS = GroupVersion("certificates.k8s.io", "v1").resource("certificatesigningrequests")
CLUSTERTRUSTBUNDLES = GroupVersion("certificates.k8s.io", "v1").resource("clustertrustbundles")
APISERVICES = GroupVersion("apiregistration.k8s.io", "v1").resource("apiservices")
CUSTOMRESOURCEDEFINITIONS = GroupVersion("apiextensions.k8s.io", "v1").resource("customresourcedefinitions")

STORAGEVERSIONMIGRATIONS = GroupVersion("storagemigration.k8s.io", "v1").resource("storageversionmigrations")

INGRESSCLASSES = _NETWORKING.resource("ingressclasses")
INGRESSES = _NETWORKING.resource("ingresses")
IPADDRESSES = _NETWORKING.resource("ipaddresses")
NETWORKPOLICIES = _NETWORKING.resource("networkpolicies")
SERVICECIDRS = _NETWORKING.resource("servicecidrs")

CLUSTERROLEBINDINGS = _RBAC.resource("clusterrolebindings")
CLUSTERROLES = _RBAC.resource("clusterroles")
ROLEBINDINGS = _RBAC.resource("rolebindings")
ROLES = _RBAC.resource("roles")

CSIDRIVERS = _STORAGE.resource("csidrivers")
CSINODES = _STORAGE.resource("csinodes")
CSISTORAGECAPACITIES = _STORAGE.resource("csistoragecapacities")
STORAGECLASSES = _STORAGE.resource("storageclasses")
VOLUMEATTACHMENTS = _STORAGE.resource("volumeattachments")
VOLUMEATTRIBUTESCLASSES = _STORAGE.resource("volumeattributesclasses")

DEVICECLASSES = _RESOURCE.resource("deviceclasses")
RESOURCECLAIMS = _RESOURCE.resource("resourceclaims")
RESOURCECLAIMTEMPLATES = _RESOURCE.resource("resourceclaimtemplates")
RESOURCESLICES = _RESOURCE.resource("resourceslices")

MUTATINGWEBHOOKCONFIGURATIONS = _ADMISSION.resource("mutatingwebhookconfigurations")
VALIDATINGADMISSIONPOLICIES = _ADMISSION.resource("validatingadmissionpolicies")
VALIDATINGADMISSIONPOLICYBINDINGS = _ADMISSION.resource("validatingadmissionpolicybindings")
VALIDATINGWEBHOOKCONFIGURATIONS = _ADMISSION.resource("validatingwebhookconfigurations")
