"""Webhook configurations, admission policies and bindings."""

from __future__ import annotations

import pytest

from tests.server.validation.table import DNS1035, KEY, SUBDOMAIN, VALUE, Case, Table, all_of, cases, drop, put, same

WEBHOOKS = Table(
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "w"},
        "webhooks": [
            {
                "name": "a.b.io",
                "clientConfig": {"service": {"name": "s", "namespace": "n"}},
                "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "matchConditions": [{"name": "m", "expression": "true"}],
            }
        ],
    },
    create=(
        (put("webhooks.0.name", ""), ["webhooks[0].name: Required value"]),
        (
            put("webhooks.0.name", "a.b"),
            [
                (
                    'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments '
                    "separated by dots"
                )
            ],
        ),
        (put("webhooks.0.name", "A.b.c"), [f'webhooks[0].name: Invalid value: "A.b.c": {SUBDOMAIN}']),
        (
            put("webhooks.0.rules.0", {}),
            [
                "webhooks[0].rules[0].operations: Required value",
                "webhooks[0].rules[0].apiGroups: Required value",
                "webhooks[0].rules[0].apiVersions: Required value",
                "webhooks[0].rules[0].resources: Required value",
            ],
        ),
        (
            put("webhooks.0.rules.0.operations", ["*", "FLY"]),
            [
                (
                    'webhooks[0].rules[0].operations: Invalid value: ["*","FLY"]: if \'*\' is present, must not '
                    "specify other operations"
                ),
                (
                    'webhooks[0].rules[0].operations[1]: Unsupported value: "FLY": supported values: "*", '
                    '"CONNECT", "CREATE", "DELETE", "UPDATE"'
                ),
            ],
        ),
        (
            all_of(put("webhooks.0.rules.0.apiGroups", ["*", ""]), put("webhooks.0.rules.0.apiVersions", ["*", ""])),
            [
                (
                    'webhooks[0].rules[0].apiGroups: Invalid value: ["*",""]: if \'*\' is present, must not '
                    "specify other API groups"
                ),
                (
                    'webhooks[0].rules[0].apiVersions: Invalid value: ["*",""]: if \'*\' is present, must not '
                    "specify other API versions"
                ),
                "webhooks[0].rules[0].apiVersions[1]: Required value",
            ],
        ),
        (
            put("webhooks.0.rules.0.resources", ["*", "pods"]),
            [
                (
                    'webhooks[0].rules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not '
                    "specify other resources without subresources"
                )
            ],
        ),
        (
            put("webhooks.0.rules.0.resources", ["pods/*", "pods/log", "*/scale", "x/scale", ""]),
            [
                (
                    "webhooks[0].rules[0].resources[1]: Invalid value: \"pods/log\": if 'pods/*' is present, must "
                    "not specify pods/log"
                ),
                (
                    "webhooks[0].rules[0].resources[3]: Invalid value: \"x/scale\": if '*/scale' is present, must "
                    "not specify x/scale"
                ),
                "webhooks[0].rules[0].resources[4]: Required value",
            ],
        ),
        (
            put("webhooks.0.rules.0.resources", ["*/*", "pods"]),
            [
                (
                    'webhooks[0].rules[0].resources: Invalid value: ["*/*","pods"]: if \'*/*\' is present, must '
                    "not specify other resources"
                )
            ],
        ),
        (
            put("webhooks.0.rules.0.scope", "Some"),
            [('webhooks[0].rules[0].scope: Unsupported value: "Some": supported values: "*", "Cluster", "Namespaced"')],
        ),
        (
            put("webhooks.0.failurePolicy", "Some"),
            ['webhooks[0].failurePolicy: Unsupported value: "Some": supported values: "Fail", "Ignore"'],
        ),
        (
            put("webhooks.0.matchPolicy", "Some"),
            ['webhooks[0].matchPolicy: Unsupported value: "Some": supported values: "Equivalent", "Exact"'],
        ),
        (
            drop("webhooks.0.sideEffects"),
            ["webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun"],
        ),
        (
            put("webhooks.0.sideEffects", "Some"),
            ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
        ),
        (
            put("webhooks.0.timeoutSeconds", 31),
            ["webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"],
        ),
        (
            put("webhooks.0.objectSelector", {"matchLabels": {"a": "-"}}),
            [f'webhooks[0].objectSelector.matchLabels: Invalid value: "-": {VALUE}'],
        ),
        (
            put("webhooks.0.clientConfig", {}),
            ["webhooks[0].clientConfig: Required value: exactly one of url or service is required"],
        ),
        (
            put("webhooks.0.clientConfig", {"url": "http://u@/x?y#z"}),
            [
                (
                    "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL "
                    "scheme; desired format: https://host[/path]"
                ),
                (
                    'webhooks[0].clientConfig.url: Invalid value: "": host must be specified; desired format: '
                    "https://host[/path]"
                ),
                'webhooks[0].clientConfig.url: Invalid value: "u": user information is not permitted in the URL',
                'webhooks[0].clientConfig.url: Invalid value: "z": fragments are not permitted in the URL',
                'webhooks[0].clientConfig.url: Invalid value: "y": query parameters are not permitted in the URL',
            ],
        ),
        (
            put("webhooks.0.clientConfig", {"url": ":"}),
            [
                (
                    'webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse ":": missing '
                    "protocol scheme; desired format: https://host[/path]"
                )
            ],
        ),
        (
            put("webhooks.0.clientConfig.service", {"name": "s", "port": 0, "path": "x//A"}),
            [
                "webhooks[0].clientConfig.service.name: Required value",
                (
                    "webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 "
                    "and 65535, inclusive"
                ),
                "webhooks[0].clientConfig.service.path: Invalid value: \"x//A\": must start with a '/'",
                'webhooks[0].clientConfig.service.path: Invalid value: "x//A": segment[0] may not be empty',
                'webhooks[0].clientConfig.service.path: Invalid value: "x//A": segment[1] may not be empty',
                f'webhooks[0].clientConfig.service.path: Invalid value: "x//A": segment[2]: {SUBDOMAIN}',
            ],
        ),
        (
            put("webhooks.0.admissionReviewVersions", []),
            ["webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1"],
        ),
        (
            put("webhooks.0.admissionReviewVersions", ["v2", "v2", "2"]),
            [
                'webhooks[0].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
                f'webhooks[0].admissionReviewVersions[2]: Invalid value: "2": {DNS1035}',
                (
                    'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2","2"]: must include at least '
                    "one of v1, v1beta1"
                ),
            ],
        ),
        (
            put(
                "webhooks.0.matchConditions",
                [
                    {"name": "m", "expression": " "},
                    {"name": "", "expression": "true"},
                    {"name": "m", "expression": "true"},
                ],
            ),
            [
                "webhooks[0].matchConditions[0].expression: Required value",
                "webhooks[0].matchConditions[1].name: Required value",
                'webhooks[0].matchConditions[2].name: Duplicate value: "m"',
            ],
        ),
        (
            put(
                "webhooks.0.matchConditions",
                [{"name": "m", "expression": "params.x"}, {"name": "n", "expression": "1"}],
            ),
            [
                (
                    'webhooks[0].matchConditions[0].expression: Invalid value: "params.x": compilation failed: ERROR: '
                    "<input>:1:7: undeclared reference to 'params.x' (in container '')\n | params.x\n | ......^"
                ),
                ('webhooks[0].matchConditions[1].expression: Invalid value: "1": must evaluate to bool but got int'),
            ],
        ),
        (put("webhooks.0.matchConditions", [{"name": "m", "expression": "namespaceObject == null"}]), []),
    ),
    update=(
        (
            put("webhooks.0.matchConditions", [{"name": "m", "expression": "1"}]),
            put("webhooks.0.matchConditions", [{"name": "n", "expression": "1"}]),
            [],
        ),
        (put("webhooks.0.sideEffects", "Some"), put("webhooks.0.sideEffects", "Unknown"), []),
        (put("webhooks.0.admissionReviewVersions", ["v2"]), put("webhooks.0.admissionReviewVersions", ["v3"]), []),
        (put("webhooks.0.matchConditions", [{}]), put("webhooks.0.matchConditions", [{}]), []),
        (same, put("webhooks.0.name", ""), ["webhooks[0].name: Required value"]),
    ),
)

VALIDATING_POLICY = Table(
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "matchConstraints": {
                "resourceRules": [
                    {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
                ]
            },
            "validations": [{"expression": "true", "message": "m"}],
            "auditAnnotations": [{"key": "k", "valueExpression": "'v'"}],
            "variables": [{"name": "v", "expression": "1"}],
            "paramKind": {"apiVersion": "a.io/v1", "kind": "K"},
        },
    },
    create=(
        (drop("spec.failurePolicy"), ["spec.failurePolicy: Required value"]),
        (
            put("spec.paramKind", {"apiVersion": "A/1", "kind": "1"}),
            [
                f'spec.paramKind.apiVersion: Invalid value: "A": {SUBDOMAIN}',
                f'spec.paramKind.apiVersion: Invalid value: "1": {DNS1035}',
                (
                    'spec.paramKind.kind: Invalid value: "1": may have mixed case, but should otherwise match: '
                    f"{DNS1035}"
                ),
            ],
        ),
        (
            put("spec.paramKind", {}),
            ["spec.paramKind.apiVersion: Required value", "spec.paramKind.kind: Required value"],
        ),
        (
            put("spec.paramKind", {"apiVersion": "a/b/c", "kind": "K"}),
            ['spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
        ),
        (drop("spec.matchConstraints"), ["spec.matchConstraints: Required value"]),
        (
            put("spec.matchConstraints", {}),
            [
                "spec.matchConstraints.matchPolicy: Required value",
                "spec.matchConstraints.namespaceSelector: Required value",
                "spec.matchConstraints.objectSelector: Required value",
                "spec.matchConstraints.resourceRules: Required value",
            ],
        ),
        (
            put("spec.matchConstraints.resourceRules.0.resourceNames", ["a/b", "c", "c"]),
            [
                (
                    'spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: "a/b": may not '
                    "contain '/'"
                ),
                'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"',
            ],
        ),
        (
            put("spec.variables", [{"name": "in", "expression": ""}, {"name": " "}]),
            [
                'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier',
                "spec.variables[0].expression: Required value: expression is not specified",
                "spec.variables[1].name: Required value: name is not specified",
                "spec.variables[1].expression: Required value: expression is not specified",
            ],
        ),
        (
            all_of(put("spec.validations", []), put("spec.auditAnnotations", [])),
            [
                "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
                (
                    "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least "
                    "one item"
                ),
            ],
        ),
        (
            put("spec.validations.0", {"expression": "1", "messageExpression": "2"}),
            [
                'spec.validations[0].expression: Invalid value: "1": must evaluate to bool but got int',
                'spec.validations[0].messageExpression: Invalid value: "2": must evaluate to string but got int',
            ],
        ),
        (
            put("spec.validations.0.expression", "variables.v == variables.w"),
            [
                (
                    'spec.validations[0].expression: Invalid value: "variables.v == variables.w": compilation failed: '
                    "undefined field 'w'"
                )
            ],
        ),
        (
            put("spec.variables", [{"name": "v", "expression": "variables.v"}]),
            [("spec.variables[0].expression: Invalid value: \"variables.v\": compilation failed: undefined field 'v'")],
        ),
        (
            all_of(put("spec.variables", []), put("spec.validations.0.expression", "variables.v")),
            [
                (
                    'spec.validations[0].expression: Invalid value: "variables.v": compilation failed: ERROR: '
                    "<input>:1:10: undeclared reference to 'variables.v' (in container '')\n | variables.v\n | "
                    ".........^"
                )
            ],
        ),
        (
            put("spec.auditAnnotations.0.valueExpression", "[1]"),
            [
                (
                    'spec.auditAnnotations[0].valueExpression: Invalid value: "[1]": must evaluate to one of '
                    "[string null_type] but got list(int)"
                )
            ],
        ),
        (put("spec.validations.0.expression", "authorizer.group('').resource('pods').check('get').allowed()"), []),
        (put("spec.validations.0.expression", "params.a == object.b && namespaceObject.metadata.name != ''"), []),
        (
            put("spec.validations.0", {"expression": " ", "message": " ", "messageExpression": " ", "reason": "Some"}),
            [
                "spec.validations[0].expression: Required value: expression is not specified",
                'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
                'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
                (
                    'spec.validations[0].reason: Unsupported value: "Some": supported values: "Forbidden", '
                    '"Invalid", "RequestEntityTooLarge"'
                ),
            ],
        ),
        (
            put("spec.validations.0.message", "a\nb"),
            ['spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
        ),
        (
            put(
                "spec.auditAnnotations",
                [
                    {"key": "a b", "valueExpression": ""},
                    {"key": "k", "valueExpression": "x" * 5121},
                    {"key": "k", "valueExpression": "'x'"},
                ],
            ),
            [
                f'spec.auditAnnotations[0].key: Invalid value: "p/a b": {KEY}',
                "spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified",
                "spec.auditAnnotations[1].valueExpression: Required value: must not exceed 5120 bytes in length",
                'spec.auditAnnotations[2].key: Duplicate value: "k"',
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.failurePolicy", "Some"),
            ['spec.failurePolicy: Unsupported value: "Some": supported values: "Fail", "Ignore"'],
        ),
    ),
    status=(
        (
            same,
            put("status.typeChecking", {"expressionWarnings": [{}]}),
            [
                "status.typeChecking.expressionWarnings[0].warning: Required value",
                "status.typeChecking.expressionWarnings[0].fieldRef: Required value",
            ],
        ),
    ),
)

VALIDATING_BINDING = Table(
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "b"},
        "spec": {
            "policyName": "p",
            "validationActions": ["Deny"],
            "paramRef": {"name": "x", "parameterNotFoundAction": "Deny"},
        },
    },
    create=(
        (put("spec.policyName", ""), ["spec.policyName: Required value"]),
        (put("spec.policyName", "A"), [f'spec.policyName: Invalid value: "A": {SUBDOMAIN}']),
        (
            put("spec.paramRef", {}),
            [
                "spec.paramRef: Required value: one of name or selector must be specified",
                "spec.paramRef.parameterNotFoundAction: Required value",
            ],
        ),
        (
            put("spec.paramRef", {"name": "a/b", "selector": {}, "parameterNotFoundAction": "Some"}),
            [
                "spec.paramRef.name: Invalid value: \"a/b\": may not contain '/'",
                "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
                "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
                'spec.paramRef.parameterNotFoundAction: Unsupported value: "Some": supported values: "Deny", "Allow"',
            ],
        ),
        (put("spec.validationActions", []), ["spec.validationActions: Required value"]),
        (
            put("spec.validationActions", ["Deny", "Warn", "Warn", "Some"]),
            [
                'spec.validationActions[2]: Duplicate value: "Warn"',
                'spec.validationActions[3]: Unsupported value: "Some": supported values: "Audit", "Deny", "Warn"',
                (
                    'spec.validationActions: Invalid value: ["Deny","Warn","Warn","Some"]: must not contain both '
                    "Deny and Warn (repeating the same validation failure information in the API response and "
                    "headers serves no purpose)"
                ),
            ],
        ),
    ),
    update=((same, put("spec.validationActions", []), ["spec.validationActions: Required value"]),),
)

MUTATING_POLICY = Table(
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "failurePolicy": "Fail",
            "reinvocationPolicy": "Never",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "resourceRules": [
                    {
                        "operations": ["CREATE"],
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "resources": ["pods"],
                        "scope": "*",
                    }
                ],
            },
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": "[]"}}],
        },
    },
    create=(
        (put("spec.mutations", []), ["spec.mutations: Required value: mutations must contain at least one item"]),
        (put("spec.reinvocationPolicy", ""), ["spec.reinvocationPolicy: Required value"]),
        (
            put("spec.matchConstraints.resourceRules.0.operations", ["DELETE"]),
            [
                (
                    'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported '
                    'values: "*", "CONNECT", "CREATE", "UPDATE"'
                )
            ],
        ),
        (put("spec.mutations.0", {"patchType": ""}), ["spec.mutations[0].patchType: Required value"]),
        (
            put("spec.mutations.0", {"patchType": "Some"}),
            [
                (
                    'spec.mutations[0].patchType: Unsupported value: "Some": supported values: '
                    '"ApplyConfiguration", "JSONPatch"'
                )
            ],
        ),
        (
            put("spec.mutations.0", {"patchType": "ApplyConfiguration", "jsonPatch": {"expression": "x"}}),
            [
                (
                    "spec.mutations[0].applyConfiguration: Required value: must be specified when patchType is "
                    "ApplyConfiguration"
                ),
                (
                    'spec.mutations[0].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when '
                    "patchType is ApplyConfiguration"
                ),
            ],
        ),
        (put("spec.mutations.0.jsonPatch.expression", " "), ["spec.mutations[0].jsonPatch.expression: Required value"]),
    ),
)

MUTATING_BINDING = Table(
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": "b"},
        "spec": {"policyName": "p"},
    },
    create=(
        (put("spec.policyName", ""), ["spec.policyName: Required value"]),
        (
            put(
                "spec.matchResources",
                {
                    "matchPolicy": "Exact",
                    "namespaceSelector": {},
                    "objectSelector": {},
                    "resourceRules": [
                        {
                            "operations": ["DELETE"],
                            "apiGroups": [""],
                            "apiVersions": ["v1"],
                            "resources": ["pods"],
                            "scope": "*",
                        }
                    ],
                },
            ),
            [
                (
                    'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: '
                    '"*", "CONNECT", "CREATE", "UPDATE"'
                )
            ],
        ),
    ),
)


@pytest.mark.parametrize(
    "case", cases(WEBHOOKS, VALIDATING_POLICY, VALIDATING_BINDING, MUTATING_POLICY, MUTATING_BINDING)
)
def test_rules(case: Case) -> None:
    case.check()
