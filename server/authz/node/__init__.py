"""The Node authorizer: a kubelet may read what the pods on its own node refer to, and write about itself.

Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/node; https://kubernetes.io/docs/reference/access-authn-authz/node/.
What a node may put into the objects it writes is the admission plugin NodeRestriction's.
"""
