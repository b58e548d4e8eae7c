"""Certificate signing requests: approving kubelets', signing what is approved, clearing away.

Source: k8s.io/kubernetes pkg/controller/certificates;
https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/.
"""
