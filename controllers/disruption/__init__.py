"""PodDisruptionBudgets: how many pods may be evicted now. Behaviour of pkg/controller/disruption.

``budget`` counts, ``scale`` finds how many pods the owners want, ``controller`` watches and writes. The eviction of a
pod takes one from the status' disruptionsAllowed and notes the pod there; this controller puts the numbers right again.
"""
