"""The kinds that extend the API: admissionregistration, apiextensions, apiregistration, flowcontrol."""

from __future__ import annotations

from server.defaulting import admissionregistration as defaulting_admissionregistration
from server.defaulting import apiextensions as defaulting_apiextensions
from server.defaulting import apiregistration as defaulting_apiregistration
from server.defaulting import flowcontrol as defaulting_flowcontrol
from server.kinds import definitions, simple
from server.kinds.spec import KindSpec
from server.printers import admissionregistration, apiextensions, apiregistration, flowcontrol
from server.validation.validator import generic

_CLUSTER = generic(namespaced=False)

KINDS = (
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="MutatingAdmissionPolicy",
        printer=admissionregistration.MUTATING_ADMISSION_POLICY,
        validator=_CLUSTER,
        strategy=simple.VERSIONED_GENERATIONAL,
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="MutatingAdmissionPolicyBinding",
        printer=admissionregistration.MUTATING_ADMISSION_POLICY_BINDING,
        validator=_CLUSTER,
        strategy=simple.VERSIONED_GENERATIONAL,
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="MutatingWebhookConfiguration",
        printer=admissionregistration.MUTATING_WEBHOOK_CONFIGURATION,
        validator=_CLUSTER,
        strategy=simple.WEBHOOKS,
        defaults={"v1": defaulting_admissionregistration.mutating_webhook_configuration},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="ValidatingAdmissionPolicy",
        printer=admissionregistration.VALIDATING_ADMISSION_POLICY,
        validator=_CLUSTER,
        strategy=simple.VERSIONED_GENERATIONAL,
        defaults={"v1": defaulting_admissionregistration.validating_admission_policy},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="ValidatingAdmissionPolicyBinding",
        printer=admissionregistration.VALIDATING_ADMISSION_POLICY_BINDING,
        validator=_CLUSTER,
        strategy=simple.VERSIONED_GENERATIONAL,
        defaults={"v1": defaulting_admissionregistration.validating_admission_policy_binding},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="ValidatingWebhookConfiguration",
        printer=admissionregistration.VALIDATING_WEBHOOK_CONFIGURATION,
        validator=_CLUSTER,
        strategy=simple.WEBHOOKS,
        defaults={"v1": defaulting_admissionregistration.validating_webhook_configuration},
    ),
    KindSpec(
        group="apiextensions.k8s.io",
        kind="CustomResourceDefinition",
        printer=apiextensions.CUSTOM_RESOURCE_DEFINITION,
        validator=_CLUSTER,
        strategy=definitions.STRATEGY,
        defaults={"v1": defaulting_apiextensions.custom_resource_definition},
    ),
    KindSpec(
        group="apiregistration.k8s.io",
        kind="APIService",
        printer=apiregistration.API_SERVICE,
        validator=_CLUSTER,
        strategy=simple.VERSIONED,
        defaults={"v1": defaulting_apiregistration.api_service},
    ),
    KindSpec(
        group="flowcontrol.apiserver.k8s.io",
        kind="FlowSchema",
        printer=flowcontrol.FLOW_SCHEMA,
        validator=_CLUSTER,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_flowcontrol.flow_schema},
    ),
    KindSpec(
        group="flowcontrol.apiserver.k8s.io",
        kind="PriorityLevelConfiguration",
        printer=flowcontrol.PRIORITY_LEVEL_CONFIGURATION,
        validator=_CLUSTER,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_flowcontrol.priority_level_configuration},
    ),
)
