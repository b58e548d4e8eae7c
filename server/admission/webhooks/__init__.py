"""Admission by webhooks: MutatingWebhookConfigurations and ValidatingWebhookConfigurations, read and honoured.

``hooks`` reads the configurations, ``matching`` says which hook is asked about a write, ``calling`` asks it, and the
two plugins put them into the chain. Source: k8s.io/apiserver/pkg/admission/plugin/webhook,
https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/.
"""
