"""Rewrites all objects of a resource, so that they are stored in the version that is the storage version now.

``stages`` says how far a StorageVersionMigration is, ``controller`` takes it one step further each time it is seen.
Source: k8s.io/kubernetes pkg/controller/storageversionmigrator (three controllers there, one here).
"""
