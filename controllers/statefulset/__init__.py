"""StatefulSets: pods with names, an order and claims of their own. Behaviour of pkg/controller/statefulset.

``identity`` makes a pod with its name and volumes, ``claims`` its claims and who owns them, ``plan`` says what to do
next, ``status`` counts, ``controller`` watches and writes.
"""
