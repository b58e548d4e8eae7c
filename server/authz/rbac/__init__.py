"""Role-based access control: roles and bindings in, verdicts out.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/, k8s.io/kubernetes
plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac.
"""
