"""The volume sources that pods and persistent volumes share, and the small ones of either.

Source: k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import invalid, not_supported, required, too_long
from apimachinery.names import inclusive_range_error
from server.validation.checks import Errors, check_file_mode, check_label, check_subdomain, flag, supported
from server.validation.filepaths import NOT_ABSOLUTE, check_descending, check_local, check_no_backsteps
from server.validation.rules import dns_subdomain, name_is_dns_label, name_is_dns_subdomain

Source = Mapping[str, Any]

HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_HOST_PORT_PAIRS = "must be a host:port pair or multiple pairs separated by commas"
_ISCSI_FORMATS = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.([0-9A-Za-z-.]+)(:[^,;*&$|\s]+)\Z", re.ASCII).search,
    "eui": re.compile(r"eui.[0-9A-Za-z]{16}").fullmatch,
    "naa": re.compile(r"naa.[0-9A-Za-z]{32}").fullmatch,
}
_ISCSI_LENGTH = (
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters "
    "if iscsi.initiatorName is specified."
)


def needs(errors: Errors, source: Source, path: str, *fields: str) -> None:
    """Each of the fields is required."""
    for field in fields:
        if not source.get(field):
            errors.append(required(f"{path}.{field}"))


def check_secret_ref(errors: Errors, source: Source, path: str, *fields: str) -> None:
    """If there is a ``secretRef``, these fields of it are required."""
    reference = source.get("secretRef")
    if reference is not None:
        needs(errors, reference, f"{path}.secretRef", *fields)


def check_host_path(errors: Errors, source: Source, path: str) -> None:
    target = source.get("path")
    if not target:
        errors.append(required(f"{path}.path"))
        return
    check_no_backsteps(errors, f"{path}.path", target)
    kind = source.get("type")
    if kind:
        supported(errors, f"{path}.type", kind, HOST_PATH_TYPES)


def check_git_repo(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "repository")
    check_descending(errors, f"{path}.directory", source.get("directory") or "")


def check_partitioned(errors: Errors, source: Source, path: str, name: str) -> None:
    """GCE and AWS disks: a name and a partition."""
    needs(errors, source, path, name)
    partition = source.get("partition") or 0
    if not 0 <= partition <= 255:
        errors.append(invalid(f"{path}.partition", partition, inclusive_range_error(1, 255)))


def check_gce_disk(errors: Errors, source: Source, path: str) -> None:
    check_partitioned(errors, source, path, "pdName")


def check_aws_disk(errors: Errors, source: Source, path: str) -> None:
    check_partitioned(errors, source, path, "volumeID")


def check_nfs(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "server", "path")
    target = source.get("path") or ""
    if not target.startswith("/"):
        errors.append(invalid(f"{path}.path", target, NOT_ABSOLUTE))


def check_glusterfs(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "endpoints", "path")


def check_persistent_glusterfs(errors: Errors, source: Source, path: str) -> None:
    check_glusterfs(errors, source, path)
    namespace = source.get("endpointsNamespace")
    if namespace == "":
        problem = "if the endpointnamespace is set, it must be a valid namespace name"
        errors.append(invalid(f"{path}.endpointsNamespace", namespace, problem))
    elif namespace is not None:
        flag(errors, f"{path}.endpointsNamespace", namespace, name_is_dns_label(namespace))


def check_flocker(errors: Errors, source: Source, path: str) -> None:
    name, uuid = source.get("datasetName") or "", source.get("datasetUUID")
    if not name and not uuid:
        errors.append(required(path, "one of datasetName and datasetUUID is required"))
    if name and uuid:
        problem = "datasetName and datasetUUID can not be specified simultaneously"
        errors.append(invalid(path, "resource", problem))
    if "/" in name:
        errors.append(invalid(f"{path}.datasetName", name, "must not contain '/'"))


def check_claim(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "claimName")


def check_rbd(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "monitors", "image")


def check_cinder(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "volumeID")
    check_secret_ref(errors, source, path, "name")


def check_persistent_cinder(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "volumeID")
    check_secret_ref(errors, source, path, "name", "namespace")


def check_cephfs(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "monitors")


def check_quobyte(errors: Errors, source: Source, path: str) -> None:
    registry = source.get("registry") or ""
    if not registry:
        errors.append(required(f"{path}.registry", _HOST_PORT_PAIRS))
    elif len(source.get("tenant") or "") >= 65:
        problem = "must be a UUID and may not exceed a length of 64 characters"
        errors.append(required(f"{path}.tenant", problem))
    else:
        for pair in registry.split(","):
            if not _is_host_port(pair):
                errors.append(invalid(f"{path}.registry", registry, _HOST_PORT_PAIRS))
    needs(errors, source, path, "volume")


def _is_host_port(text: str) -> bool:
    host, colon, _ = text.rpartition(":")
    if host.startswith("["):
        return bool(colon) and host.endswith("]") and "[" not in host[1:] and "]" not in host[:-1]
    return bool(colon) and not set(host) & set(":[]")


def check_fc(errors: Errors, source: Source, path: str) -> None:
    names, ids, lun = source.get("targetWWNs"), source.get("wwids"), source.get("lun")
    if not names and not ids:
        problem = "must specify either targetWWNs or wwids, but not both"
        errors.append(required(f"{path}.targetWWNs", problem))
    if names and ids:
        problem = "targetWWNs and wwids can not be specified simultaneously"
        errors.append(invalid(f"{path}.targetWWNs", names, problem))
    if names and lun is None:
        errors.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif names:
        _check_lun(errors, lun, path)


def _check_lun(errors: Errors, lun: Any, path: str) -> None:
    if not 0 <= (lun or 0) <= 255:
        errors.append(invalid(f"{path}.lun", lun, inclusive_range_error(0, 255)))


def check_flex(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "driver")
    for option in source.get("options") or ():
        namespace = f".{option.split('/', 1)[0].lower()}"
        if namespace.endswith((".kubernetes.io", ".k8s.io")):
            problem = "kubernetes.io and k8s.io namespaces are reserved"
            errors.append(invalid(f"{path}.options[{option}]", option, problem))


def check_azure_file(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "secretName", "shareName")


def check_persistent_azure_file(errors: Errors, source: Source, path: str) -> None:
    check_azure_file(errors, source, path)
    if source.get("secretNamespace") == "":
        errors.append(required(f"{path}.secretNamespace"))


def check_azure_disk(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "diskName", "diskURI")
    caching, kind, uri = source.get("cachingMode"), source.get("kind"), source.get("diskURI") or ""
    if caching is not None:
        supported(errors, f"{path}.cachingMode", caching, ("None", "ReadOnly", "ReadWrite"))
    if kind is None:
        return
    supported(errors, f"{path}.kind", kind, ("Dedicated", "Managed", "Shared"))
    if kind == "Managed":
        prefix = "/subscriptions/"
        form = f"{prefix}{{sub-id}}/resourcegroups/{{group-name}}/providers/microsoft.compute/disks/{{disk-id}}"
    else:
        prefix = "https://"
        form = f"{prefix}{{account-name}}.blob.core.windows.net/{{container-name}}/{{disk-name}}.vhd"
    if not uri.startswith(prefix):
        errors.append(not_supported(f"{path}.diskURI", uri, (form,)))


def check_vsphere(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "volumePath")


def check_photon(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "pdID")


def check_portworx(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "volumeID")


def check_scale_io(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "gateway", "system", "volumeName")


def check_storage_os(errors: Errors, source: Source, path: str) -> None:
    _check_storage_os_names(errors, source, path)
    check_secret_ref(errors, source, path, "name")


def check_persistent_storage_os(errors: Errors, source: Source, path: str) -> None:
    _check_storage_os_names(errors, source, path)
    check_secret_ref(errors, source, path, "name", "namespace")


def _check_storage_os_names(errors: Errors, source: Source, path: str) -> None:
    if source.get("volumeName"):
        check_label(errors, f"{path}.volumeName", source["volumeName"])
    else:
        errors.append(required(f"{path}.volumeName"))
    if source.get("volumeNamespace"):
        check_label(errors, f"{path}.volumeNamespace", source["volumeNamespace"])


def check_local_volume(errors: Errors, source: Source, path: str) -> None:
    if source.get("path"):
        check_no_backsteps(errors, f"{path}.path", source["path"])
    else:
        errors.append(required(f"{path}.path"))


def check_iscsi(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "targetPortal")
    _check_iscsi(errors, source, path, "must be valid format starting with iqn, eui, or naa")


def check_persistent_iscsi(errors: Errors, source: Source, path: str, volume: str) -> None:
    needs(errors, source, path, "targetPortal")
    portal = source.get("targetPortal") or ""
    if source.get("initiatorName") is not None and len(f"{volume}:{portal}") > 64:
        errors.append(invalid(f"{path}.targetportal", portal, _ISCSI_LENGTH))
    _check_iscsi(errors, source, path, "must be valid format", persistent=True)


def check_iscsi_name(errors: Errors, source: Source, path: str, volume: str) -> None:
    """A pod's iSCSI volume: its name becomes part of the initiator's."""
    if source.get("initiatorName") is not None and len(f"{volume}:{source.get('targetPortal') or ''}") > 64:
        errors.append(invalid(f"{path}.name", volume, _ISCSI_LENGTH))


def _check_iscsi(errors: Errors, source: Source, path: str, unknown: str, *, persistent: bool = False) -> None:
    name = source.get("iqn")
    if name:
        _check_iscsi_name(errors, f"{path}.iqn", name, unknown)
    else:
        errors.append(required(f"{path}.iqn"))
    _check_lun(errors, source.get("lun"), path)
    authenticated = source.get("chapAuthDiscovery") or source.get("chapAuthSession")
    if authenticated and source.get("secretRef") is None:
        errors.append(required(f"{path}.secretRef"))
    if persistent:
        check_secret_ref(errors, source, path, "name")
    initiator = source.get("initiatorName")
    if initiator is not None:
        _check_iscsi_name(errors, f"{path}.initiatorname", initiator, unknown)


def _check_iscsi_name(errors: Errors, path: str, name: str, unknown: str) -> None:
    matches = _ISCSI_FORMATS.get(name[:3])
    if matches is None:
        errors.append(invalid(path, name, unknown))
    elif not matches(name):
        errors.append(invalid(path, name, "must be valid format"))


def check_driver_name(errors: Errors, path: str, driver: str) -> None:
    """The name of a CSI driver; upper case is allowed."""
    if not driver:
        errors.append(required(path))
        return
    if len(driver) > 63:
        errors.append(too_long(path, 63))
    flag(errors, path, driver, dns_subdomain(driver.lower()))


def check_csi(errors: Errors, source: Source, path: str) -> None:
    check_driver_name(errors, f"{path}.driver", source.get("driver") or "")
    reference = source.get("nodePublishSecretRef")
    if reference is None:
        return
    if reference.get("name"):
        flag(errors, f"{path}.name", reference["name"], name_is_dns_subdomain(reference["name"]))
    else:
        errors.append(required(f"{path}.nodePublishSecretRef.name"))


def check_persistent_csi(errors: Errors, source: Source, path: str) -> None:
    check_driver_name(errors, f"{path}.driver", source.get("driver") or "")
    needs(errors, source, path, "volumeHandle")
    for field in (
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ):
        if source.get(field) is not None:
            _check_secret_reference(errors, source[field], f"{path}.{field}")


def _check_secret_reference(errors: Errors, reference: Source, path: str) -> None:
    if reference.get("name"):
        check_subdomain(errors, f"{path}.name", reference["name"])
    else:
        errors.append(required(f"{path}.name"))
    if reference.get("namespace"):
        check_label(errors, f"{path}.namespace", reference["namespace"])
    else:
        errors.append(required(f"{path}.namespace"))


def check_secret(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "secretName")
    _check_files(errors, source, path)


def check_config_map(errors: Errors, source: Source, path: str) -> None:
    needs(errors, source, path, "name")
    _check_files(errors, source, path)


def _check_files(errors: Errors, source: Source, path: str) -> None:
    check_file_mode(errors, f"{path}.defaultMode", source.get("defaultMode"))
    for index, item in enumerate(source.get("items") or ()):
        check_key_to_path(errors, item, f"{path}.items[{index}]")


def check_key_to_path(errors: Errors, item: Source, path: str) -> None:
    needs(errors, item, path, "key", "path")
    check_local(errors, f"{path}.path", item.get("path") or "")
    check_file_mode(errors, f"{path}.mode", item.get("mode"))
