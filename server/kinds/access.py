"""The kinds of rbac.authorization.k8s.io and certificates.k8s.io."""

from __future__ import annotations

from server.defaulting import certificates as defaulting_certificates
from server.defaulting import rbac as defaulting_rbac
from server.kinds import signing_requests, simple
from server.kinds.spec import KindSpec
from server.printers import certificates, rbac
from server.validation import certificates as validation_certificates
from server.validation import podcertificate as validation_podcertificate
from server.validation import rbac as validation_rbac

KINDS = (
    KindSpec(
        group="rbac.authorization.k8s.io",
        kind="ClusterRole",
        printer=rbac.CLUSTER_ROLE,
        validator=validation_rbac.CLUSTER_ROLE,
        strategy=simple.CREATE_BY_PUT,
    ),
    KindSpec(
        group="rbac.authorization.k8s.io",
        kind="ClusterRoleBinding",
        printer=rbac.CLUSTER_ROLE_BINDING,
        validator=validation_rbac.CLUSTER_ROLE_BINDING,
        strategy=simple.CREATE_BY_PUT,
        defaults={"v1": defaulting_rbac.cluster_role_binding},
    ),
    KindSpec(
        group="rbac.authorization.k8s.io",
        kind="Role",
        printer=rbac.ROLE,
        validator=validation_rbac.ROLE,
        strategy=simple.CREATE_BY_PUT,
    ),
    KindSpec(
        group="rbac.authorization.k8s.io",
        kind="RoleBinding",
        printer=rbac.ROLE_BINDING,
        validator=validation_rbac.ROLE_BINDING,
        strategy=simple.CREATE_BY_PUT,
        defaults={"v1": defaulting_rbac.role_binding},
    ),
    KindSpec(
        group="certificates.k8s.io",
        kind="CertificateSigningRequest",
        printer=certificates.CERTIFICATE_SIGNING_REQUEST,
        validator=validation_certificates.CERTIFICATE_SIGNING_REQUEST,
        strategy=signing_requests.STRATEGY,
    ),
    KindSpec(
        group="certificates.k8s.io",
        kind="ClusterTrustBundle",
        printer=certificates.CLUSTER_TRUST_BUNDLE,
        validator=validation_certificates.CLUSTER_TRUST_BUNDLE,
        strategy=simple.TRUST_BUNDLES,
    ),
    KindSpec(
        group="certificates.k8s.io",
        kind="PodCertificateRequest",
        printer=certificates.POD_CERTIFICATE_REQUEST,
        validator=validation_podcertificate.POD_CERTIFICATE_REQUEST,
        strategy=simple.POD_CERTIFICATE_REQUESTS,
        defaults={"v1": defaulting_certificates.pod_certificate_request},
    ),
)
