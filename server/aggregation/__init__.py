"""API aggregation: group-versions that other servers serve, named by APIServices, as if they were served here.

``local`` keeps the APIServices of what is built in; ``remotes`` reads those that name a service; ``availability``
checks and ``discovery`` learns what they serve; ``proxy`` hands requests on, over ``connections``. Requests for what is
built in never get here: the catalog and the static paths ask only when they know no answer themselves, so an APIService
does not take a built-in group-version away. Behaviour of k8s.io/kube-aggregator.
"""
