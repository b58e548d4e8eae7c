"""Bootstrap tokens: clearing away those that have expired, and signing what a joining node is told of the cluster.

Source: k8s.io/kubernetes pkg/controller/bootstrap, k8s.io/cluster-bootstrap;
https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/.
"""
