"""For whom a node may ask tokens of a pod's service account: whom the pod's own volumes name.

Source: podReferencesAudience in k8s.io/kubernetes plugin/pkg/admission/noderestriction. Volumes of drivers that were
once part of Kubernetes are not translated to their CSI drivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from server.admission.cached import found
from storage.cache import ResourceCache

_CLAIMS, _VOLUMES = GroupResource("", "persistentvolumeclaims"), GroupResource("", "persistentvolumes")
_DRIVERS = GroupResource("storage.k8s.io", "csidrivers")

CacheOf = Callable[[GroupResource], ResourceCache]


def has_audience(pod: Object, audience: str, cache_of: CacheOf) -> bool:
    """``audience`` "" is that of the API server."""
    for volume in pod["spec"].get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            token = source.get("serviceAccountToken")
            if token is not None and token.get("audience", "") == audience:
                return True
    return any(audience in _driver_audiences(name, cache_of) for name in _drivers(pod, cache_of))


def _drivers(pod: Object, cache_of: CacheOf) -> Iterator[str]:
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or ():
        if "csi" in volume:
            yield volume["csi"].get("driver", "")
        elif "persistentVolumeClaim" in volume:
            yield _driver_of_claim(namespace, volume["persistentVolumeClaim"].get("claimName", ""), cache_of)
        elif "ephemeral" in volume:
            yield _driver_of_claim(namespace, f"{pod['metadata']['name']}-{volume['name']}", cache_of)


def _driver_of_claim(namespace: str, name: str, cache_of: CacheOf) -> str:
    claim = found(cache_of(_CLAIMS), namespace, name)
    volume = found(cache_of(_VOLUMES), "", claim["spec"].get("volumeName", "")) if claim is not None else None
    return str(((volume or {"spec": {}})["spec"].get("csi") or {}).get("driver", ""))


def _driver_audiences(name: str, cache_of: CacheOf) -> list[str]:
    driver = found(cache_of(_DRIVERS), "", name) if name else None
    requests = (driver or {"spec": {}})["spec"].get("tokenRequests") or ()
    return [request.get("audience", "") for request in requests]
