"""API priority and fairness: whose request is next when there are more than can be served at once.

The event loop is what everybody shares, so there are two limits. A *seat* of a priority level is held from a request's
start to its answer, as upstream counts it; and in each *turn* of the event loop only so many waiting requests are begun
that the turn stays short: whoever comes next, of another flow, waits for one short turn and not for the whole crowd.
Source: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/, k8s.io/apiserver/pkg/util/flowcontrol.
"""
