"""A metrics server: scrapes the nodes and serves metrics.k8s.io/v1beta1 behind the API server's aggregation layer.

Behaviour of sigs.k8s.io/metrics-server. Knows the cluster through the API alone, and nodes through /metrics/resource.
May import client and apimachinery. ``samples`` reads what a node shows, ``usage`` makes rates of it, ``objects`` the
API's objects: these are pure. ``scraper`` asks the nodes, ``serving`` answers, ``installation`` makes the server known.
"""
