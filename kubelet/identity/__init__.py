"""Who a node is: it joins with a bootstrap token, asks for a client certificate of its own, and renews it in time.

Source: k8s.io/kubernetes pkg/kubelet/certificate, k8s.io/client-go util/certificate;
https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/.
"""
