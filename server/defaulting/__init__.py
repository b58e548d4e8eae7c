"""What the server fills in when a field is left out: one function for each kind that has defaults.

``def pod(obj: Object) -> None`` changes a decoded object of that version in place, once, before admission and
validation; doing it again changes nothing. A field counts as left out where Go sees it so: a pointer that is
null, a string, number or list that is zero. The order of keys does not matter here. Kinds without a function
have no defaults. Nothing here reads other objects or decides anything a strategy decides (names, status,
cluster IPs).
Source: k8s.io/kubernetes/pkg/apis/*/v1/defaults.go and zz_generated.defaults.go, the feature gates as they are by
default in v1.37; and the little that upstream's conversion to internal types and back adds.
"""
