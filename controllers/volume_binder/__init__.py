"""Binds claims to volumes and gives volumes back when their claims are gone.

``decisions`` says what is to be done for one claim or volume, ``matching`` which volume a claim gets, ``latest`` knows
what was written and not seen yet. Source: k8s.io/kubernetes pkg/controller/volume/persistentvolume.
"""
