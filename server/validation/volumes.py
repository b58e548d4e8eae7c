"""The volumes of a pod.

Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidateVolumes, validateVolumeSource, validateProjectionSources).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_supported, quote, required, too_long
from apimachinery.names import is_qualified_name
from server.validation import volumesources as sources
from server.validation.checks import Errors, check_file_mode, check_label, flag, required_choice
from server.validation.claimspec import check_claim_spec
from server.validation.env import VOLUME_FIELDS, check_field_reference, check_resource_reference
from server.validation.filepaths import check_local
from server.validation.objectmeta import MAX_ANNOTATIONS_SIZE, byte_length, validate_template_meta
from server.validation.podoptions import PodOptions
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import check_label_selector
from server.validation.signers import check_signer_name, is_kubernetes_signer, signer_of_bundle, trust_bundle_name_rule

Source = Mapping[str, Any]
Check = Callable[[Errors, Source, str], None]

_ONE_TYPE = "may not specify more than 1 volume type"
_CONFLICT = "conflicting duplicate paths"
_KEY_TYPES = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")


def check_volumes(
    errors: Errors, volumes: Sequence[Source], pod_name: str, path: str, options: PodOptions
) -> dict[str, Source]:
    """Append what is wrong; return the volumes without a fault by name. ``pod_name`` is empty in a template."""
    valid: dict[str, Source] = {}
    created: set[str] = set()
    if pod_name:
        created = {f"{pod_name}-{v.get('name', '')}" for v in volumes if v.get("ephemeral") is not None}
    for index, volume in enumerate(volumes):
        here, name = f"{path}[{index}]", volume.get("name") or ""
        before = len(errors)
        _check_source(errors, volume, name, pod_name, here, options)
        if name:
            check_label(errors, f"{here}.name", name)
        else:
            errors.append(required(f"{here}.name"))
        if name in valid:
            errors.append(duplicate(f"{here}.name", name))
        if len(errors) == before:
            valid[name] = volume
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName") if created else None
        if claim in created:
            problem = "must not reference a PVC that gets created for an ephemeral volume"
            errors.append(invalid(f"{here}.persistentVolumeClaim.claimName", claim, problem))
    return valid


def _check_source(errors: Errors, volume: Source, name: str, pod_name: str, path: str, options: PodOptions) -> None:
    present = [field for field in volume if field in _CHECKS and volume[field] is not None]
    if not present:
        errors.append(required(path, "must specify a volume type"))
        return
    if len(present) > 1:
        present.sort(key=_ORDER.__getitem__)
    for position, field in enumerate(present):
        checked_path, refused_path, check = _CHECKS[field]
        source = volume[field]
        if position:
            errors.append(forbidden(f"{path}.{refused_path}", _ONE_TYPE))
        else:
            check(errors, source, f"{path}.{checked_path}")
            if field == "projected":
                _check_projected(errors, source, f"{path}.projected", options)
            elif field == "image":
                _check_image(errors, source, f"{path}.image", options)
            elif field == "ephemeral" and pod_name and name:
                _check_created_claim(errors, f"{pod_name}-{name}", name, path)
        if field == "iscsi":
            sources.check_iscsi_name(errors, source, path, name)


def _check_nothing(errors: Errors, source: Source, path: str) -> None:
    """Checked elsewhere, with the options."""


def _check_empty_dir(errors: Errors, source: Source, path: str) -> None:
    if str(source.get("sizeLimit") or "").startswith("-"):
        errors.append(forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))


def _check_image(errors: Errors, source: Source, path: str, options: PodOptions) -> None:
    if options.is_pod and not source.get("reference"):
        errors.append(required(f"{path}.reference"))
    required_choice(errors, f"{path}.pullPolicy", source.get("pullPolicy"), PULL_POLICIES)


def _check_ephemeral(errors: Errors, source: Source, path: str) -> None:
    template = source.get("volumeClaimTemplate")
    if template is None:
        errors.append(required(f"{path}.volumeClaimTemplate"))
        return
    errors.extend(validate_template_meta(template.get("metadata"), f"{path}.volumeClaimTemplate.metadata"))
    check_claim_spec(errors, template.get("spec") or {}, f"{path}.volumeClaimTemplate.spec")


def _check_created_claim(errors: Errors, claim: str, volume: str, path: str) -> None:
    for problem in name_is_dns_subdomain(claim):
        errors.append(invalid(f"{path}.name", volume, f"PVC name {quote(claim)}: {problem}"))


def _check_downward_api(errors: Errors, source: Source, path: str) -> None:
    check_file_mode(errors, f"{path}.defaultMode", source.get("defaultMode"))
    for item in source.get("items") or ():
        _check_downward_file(errors, item, path)


def _check_downward_file(errors: Errors, item: Source, path: str) -> None:
    target = item.get("path") or ""
    if not target:
        errors.append(required(f"{path}.path"))
    check_local(errors, f"{path}.path", target)
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if field is not None:
        check_field_reference(errors, field, VOLUME_FIELDS, f"{path}.fieldRef")
        if resource is not None:
            problem = "fieldRef and resourceFieldRef can not be specified simultaneously"
            errors.append(invalid(path, "resource", problem))
    elif resource is not None:
        check_resource_reference(errors, resource, f"{path}.resourceFieldRef", in_volume=True)
    else:
        errors.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    check_file_mode(errors, f"{path}.mode", item.get("mode"))


def _check_projected(errors: Errors, source: Source, path: str, options: PodOptions) -> None:
    check_file_mode(errors, f"{path}.defaultMode", source.get("defaultMode"))
    taken: set[str] = set()
    for index, projection in enumerate(source.get("sources") or ()):
        here, count = f"{path}.sources[{index}]", 0
        for field in _PROJECTIONS:
            if projection.get(field) is not None:
                count += 1
                _check_projection(errors, field, projection[field], path, here, taken, options)
        if count > 1:
            errors.append(forbidden(here, "may not specify more than 1 volume type per source"))


_PROJECTIONS = ("secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate")


def _check_projection(
    errors: Errors, kind: str, source: Source, path: str, here: str, taken: set[str], options: PodOptions
) -> None:
    match kind:
        case "secret" | "configMap":
            _check_projected_files(errors, source, path, f"{here}.{kind}", taken)
        case "downwardAPI":
            for item in source.get("items") or ():
                _check_downward_file(errors, item, f"{here}.downwardAPI")
                if item.get("path"):
                    _take(errors, item["path"], item["path"], path, taken)
        case "serviceAccountToken":
            _check_token(errors, source, path, f"{here}.serviceAccountToken", options)
        case "clusterTrustBundle":
            _check_trust_bundle(errors, source, path, f"{here}.clusterTrustBundle", taken)
        case _:
            _check_pod_certificate(errors, source, path, f"{here}.podCertificate", taken)


def _take(errors: Errors, target: str, shown: str, path: str, taken: set[str]) -> None:
    """Two sources may not write the same file."""
    if target in taken:
        errors.append(invalid(path, shown, _CONFLICT))
    taken.add(target)


def _check_projected_files(errors: Errors, source: Source, path: str, here: str, taken: set[str]) -> None:
    name = source.get("name") or ""
    if not name:
        errors.append(required(f"{here}.name"))
    for index, item in enumerate(source.get("items") or ()):
        sources.check_key_to_path(errors, item, f"{here}.items[{index}]")
        if item.get("path"):
            _take(errors, item["path"], name, path, taken)


def _check_token(errors: Errors, source: Source, path: str, here: str, options: PodOptions) -> None:
    seconds, target = source.get("expirationSeconds") or 0, source.get("path")
    if seconds < 600:
        problem = "may not specify a duration less than 10 minutes"
        errors.append(invalid(f"{here}.expirationSeconds", seconds, problem))
    if seconds > 1 << 32:
        problem = "may not specify a duration larger than 2^32 seconds"
        errors.append(invalid(f"{here}.expirationSeconds", seconds, problem))
    if not target:
        errors.append(required(f"{path}.path"))
    elif not options.any_token_path:
        check_local(errors, f"{path}.path", target)


def _check_trust_bundle(errors: Errors, source: Source, path: str, here: str, taken: set[str]) -> None:
    name, signer = source.get("name"), source.get("signerName")
    if name is not None and signer is not None:
        errors.append(invalid(here, source, "only one of name and signerName may be used"))
    elif name is not None:
        if not name:
            errors.append(required(f"{here}.name", "must be a valid object name"))
        for problem in trust_bundle_name_rule(signer_of_bundle(name))(name, False):
            errors.append(invalid(f"{here}.name", name, f"not a valid clustertrustbundlename: {problem}"))
        if source.get("labelSelector") is not None:
            problem = "labelSelector must be unset if name is specified"
            errors.append(invalid(f"{here}.labelSelector", source["labelSelector"], problem))
    elif signer is not None:
        if not signer:
            errors.append(required(f"{here}.signerName", "must be a valid signer name"))
        check_signer_name(errors, f"{here}.signerName", signer)
        check_label_selector(errors, source.get("labelSelector"), f"{here}.labelSelector")
    else:
        errors.append(required(here, "either name or signerName must be specified"))
    target = source.get("path") or ""
    if not target:
        errors.append(required(f"{here}.path"))
    check_local(errors, f"{here}.path", target)
    _take(errors, target, target, path, taken)


def _check_pod_certificate(errors: Errors, source: Source, path: str, here: str, taken: set[str]) -> None:
    signer = source.get("signerName") or ""
    check_signer_name(errors, f"{here}.signerName", signer)
    if source.get("userAnnotations"):
        check_user_annotations(errors, source["userAnnotations"], f"{here}.userAnnotations")
    if source.get("keyType") not in _KEY_TYPES:
        errors.append(not_supported(f"{here}.keyType", source.get("keyType") or "", _KEY_TYPES))
    _check_expiration(errors, source.get("maxExpirationSeconds"), signer, f"{here}.maxExpirationSeconds")
    count = 0
    for field in ("credentialBundlePath", "keyPath", "certificateChainPath"):
        if target := source.get(field):
            count += 1
            check_local(errors, f"{here}.{field}", target)
            _take(errors, target, target, path, taken)
    if not count:
        problem = "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"
        errors.append(required(here, problem))


def _check_expiration(errors: Errors, seconds: int | None, signer: str, path: str) -> None:
    if seconds is None:
        return
    if seconds < 3600:
        errors.append(invalid(path, seconds, "if provided, maxExpirationSeconds must be >= 3600"))
    most = 86400 if is_kubernetes_signer(signer) else 91 * 86400
    if seconds > most:
        errors.append(invalid(path, seconds, f"if provided, maxExpirationSeconds must be <= {most}"))


def check_user_annotations(errors: Errors, annotations: Mapping[str, str], path: str) -> None:
    """Annotations for a signer: every key has a domain."""
    for key in annotations:
        check_domain_prefixed_key(errors, path, key.lower())
    if sum(byte_length(key) + byte_length(value) for key, value in annotations.items()) > MAX_ANNOTATIONS_SIZE:
        errors.append(too_long(path, MAX_ANNOTATIONS_SIZE))


def check_domain_prefixed_key(errors: Errors, path: str, key: str) -> None:
    """``example.com/key``; nothing less."""
    if not key:
        errors.append(required(path))
        return
    problems = is_qualified_name(key)
    flag(errors, path, key, problems)
    if not problems and "/" not in key:
        errors.append(invalid(path, key, 'must be a domain-prefixed key (such as "acme.io/foo")'))


_TABLE: tuple[tuple[str, str, str, Check], ...] = (
    ("emptyDir", "emptyDir", "emptyDir", _check_empty_dir),
    ("hostPath", "hostPath", "hostPath", sources.check_host_path),
    ("gitRepo", "gitRepo", "gitRepo", sources.check_git_repo),
    ("gcePersistentDisk", "persistentDisk", "gcePersistentDisk", sources.check_gce_disk),
    ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore", sources.check_aws_disk),
    ("secret", "secret", "secret", sources.check_secret),
    ("nfs", "nfs", "nfs", sources.check_nfs),
    ("iscsi", "iscsi", "iscsi", sources.check_iscsi),
    ("glusterfs", "glusterfs", "glusterfs", sources.check_glusterfs),
    ("flocker", "flocker", "flocker", sources.check_flocker),
    ("persistentVolumeClaim", "persistentVolumeClaim", "persistentVolumeClaim", sources.check_claim),
    ("rbd", "rbd", "rbd", sources.check_rbd),
    ("cinder", "cinder", "cinder", sources.check_cinder),
    ("cephfs", "cephfs", "cephFS", sources.check_cephfs),
    ("quobyte", "quobyte", "quobyte", sources.check_quobyte),
    ("downwardAPI", "downwardAPI", "downwarAPI", _check_downward_api),
    ("fc", "fc", "fc", sources.check_fc),
    ("flexVolume", "flexVolume", "flexVolume", sources.check_flex),
    ("configMap", "configMap", "configMap", sources.check_config_map),
    ("azureFile", "azureFile", "azureFile", sources.check_azure_file),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume", sources.check_vsphere),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk", sources.check_photon),
    ("portworxVolume", "portworxVolume", "portworxVolume", sources.check_portworx),
    ("azureDisk", "azureDisk", "azureDisk", sources.check_azure_disk),
    ("storageos", "storageos", "storageos", sources.check_storage_os),
    ("projected", "projected", "projected", _check_nothing),
    ("scaleIO", "scaleIO", "scaleIO", sources.check_scale_io),
    ("csi", "csi", "csi", sources.check_csi),
    ("ephemeral", "ephemeral", "ephemeral", _check_ephemeral),
    ("image", "image", "image", _check_nothing),
)
"""(JSON name, path in upstream's errors, path when it is one too many, check), in upstream's order."""

_CHECKS = {name: (path, refused, check) for name, path, refused, check in _TABLE}
_ORDER = {row[0]: position for position, row in enumerate(_TABLE)}
