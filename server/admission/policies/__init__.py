"""Admission policies in CEL: ValidatingAdmissionPolicies and MutatingAdmissionPolicies with their bindings.

``policies`` reads and compiles them, ``matching`` says which are for a write, ``params`` finds what they are given,
``expressions`` evaluates, and the two plugins put them into the chain. The authorizer and cost limits are missing.
Source: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/,
k8s.io/apiserver/pkg/admission/plugin/policy.
"""
