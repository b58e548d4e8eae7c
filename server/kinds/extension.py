"""The kinds that extend the API: admissionregistration, apiextensions, apiregistration, flowcontrol."""

from __future__ import annotations

from server.defaulting import admissionregistration as defaulting_admissionregistration
from server.defaulting import apiextensions as defaulting_apiextensions
from server.defaulting import apiregistration as defaulting_apiregistration
from server.defaulting import flowcontrol as defaulting_flowcontrol
from server.kinds import apiservices, definitions, simple
from server.kinds.spec import KindSpec
from server.printers import admissionregistration, apiextensions, apiregistration, flowcontrol
from server.validation import admission as validation_admission
from server.validation import admissionpolicy as validation_admissionpolicy
from server.validation import apiservice as validation_apiservice
from server.validation import customresourcedefinition as validation_customresourcedefinition
from server.validation import flowcontrol as validation_flowcontrol

KINDS = (
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="MutatingAdmissionPolicy",
        printer=admissionregistration.MUTATING_ADMISSION_POLICY,
        validator=validation_admissionpolicy.MUTATING_ADMISSION_POLICY,
        strategy=simple.VERSIONED_GENERATIONAL,
        defaults={"v1": defaulting_admissionregistration.mutating_admission_policy},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="MutatingAdmissionPolicyBinding",
        printer=admissionregistration.MUTATING_ADMISSION_POLICY_BINDING,
        validator=validation_admissionpolicy.MUTATING_ADMISSION_POLICY_BINDING,
        strategy=simple.VERSIONED_GENERATIONAL,
        defaults={"v1": defaulting_admissionregistration.mutating_admission_policy_binding},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="MutatingWebhookConfiguration",
        printer=admissionregistration.MUTATING_WEBHOOK_CONFIGURATION,
        validator=validation_admission.MUTATING_WEBHOOK_CONFIGURATION,
        strategy=simple.WEBHOOKS,
        defaults={"v1": defaulting_admissionregistration.mutating_webhook_configuration},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="ValidatingAdmissionPolicy",
        printer=admissionregistration.VALIDATING_ADMISSION_POLICY,
        validator=validation_admissionpolicy.VALIDATING_ADMISSION_POLICY,
        strategy=simple.VERSIONED_GENERATIONAL,
        defaults={"v1": defaulting_admissionregistration.validating_admission_policy},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="ValidatingAdmissionPolicyBinding",
        printer=admissionregistration.VALIDATING_ADMISSION_POLICY_BINDING,
        validator=validation_admissionpolicy.VALIDATING_ADMISSION_POLICY_BINDING,
        strategy=simple.VERSIONED_GENERATIONAL,
        defaults={"v1": defaulting_admissionregistration.validating_admission_policy_binding},
    ),
    KindSpec(
        group="admissionregistration.k8s.io",
        kind="ValidatingWebhookConfiguration",
        printer=admissionregistration.VALIDATING_WEBHOOK_CONFIGURATION,
        validator=validation_admission.VALIDATING_WEBHOOK_CONFIGURATION,
        strategy=simple.WEBHOOKS,
        defaults={"v1": defaulting_admissionregistration.validating_webhook_configuration},
    ),
    KindSpec(
        group="apiextensions.k8s.io",
        kind="CustomResourceDefinition",
        printer=apiextensions.CUSTOM_RESOURCE_DEFINITION,
        validator=validation_customresourcedefinition.CUSTOM_RESOURCE_DEFINITION,
        strategy=definitions.STRATEGY,
        defaults={"v1": defaulting_apiextensions.custom_resource_definition},
    ),
    KindSpec(
        group="apiregistration.k8s.io",
        kind="APIService",
        printer=apiregistration.API_SERVICE,
        validator=validation_apiservice.API_SERVICE,
        strategy=apiservices.API_SERVICE,
        defaults={"v1": defaulting_apiregistration.api_service},
    ),
    KindSpec(
        group="flowcontrol.apiserver.k8s.io",
        kind="FlowSchema",
        printer=flowcontrol.FLOW_SCHEMA,
        validator=validation_flowcontrol.FLOW_SCHEMA,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_flowcontrol.flow_schema},
    ),
    KindSpec(
        group="flowcontrol.apiserver.k8s.io",
        kind="PriorityLevelConfiguration",
        printer=flowcontrol.PRIORITY_LEVEL_CONFIGURATION,
        validator=validation_flowcontrol.PRIORITY_LEVEL_CONFIGURATION,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_flowcontrol.priority_level_configuration},
    ),
)
