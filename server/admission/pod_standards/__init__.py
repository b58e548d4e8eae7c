"""The Pod Security Standards: what a pod's spec may not have, by level and by version of the standard.

One file for each check, each a pure function of a pod. Source: k8s.io/pod-security-admission/policy, in its wording.
"""
