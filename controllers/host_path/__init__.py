"""Volumes that are folders of this machine: made for claims, enlarged, removed when they are released.

It does what an external provisioner and an external resizer do beside upstream's controllers
(sig-storage-lib-external-provisioner, external-resizer), in one process and for one provisioner name. ``volumes`` and
``resizing`` decide, ``provisioner`` and ``expander`` act.
"""
