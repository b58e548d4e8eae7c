"""The kinds of storage.k8s.io and storagemigration.k8s.io."""

from __future__ import annotations

from server.defaulting import storage as defaulting_storage
from server.kinds import simple
from server.kinds.spec import KindSpec
from server.printers import storage, storagemigration
from server.validation import csi as validation_csi
from server.validation import migration as validation_migration
from server.validation import storageclass as validation_storageclass

KINDS = (
    KindSpec(
        group="storage.k8s.io",
        kind="CSIDriver",
        printer=storage.CSI_DRIVER,
        validator=validation_csi.CSI_DRIVER,
        strategy=simple.CSI_DRIVERS,
        defaults={"v1": defaulting_storage.csi_driver},
    ),
    KindSpec(
        group="storage.k8s.io",
        kind="CSINode",
        printer=storage.CSI_NODE,
        validator=validation_csi.CSI_NODE,
        strategy=simple.VERSIONED,
    ),
    KindSpec(
        group="storage.k8s.io",
        kind="CSIStorageCapacity",
        printer=storage.CSI_STORAGE_CAPACITY,
        validator=validation_storageclass.CSI_STORAGE_CAPACITY,
        strategy=simple.VERSIONED,
    ),
    KindSpec(
        group="storage.k8s.io",
        kind="StorageClass",
        printer=storage.STORAGE_CLASS,
        validator=validation_storageclass.STORAGE_CLASS,
        strategy=simple.PLAIN,
        defaults={"v1": defaulting_storage.storage_class},
    ),
    KindSpec(
        group="storage.k8s.io",
        kind="VolumeAttachment",
        printer=storage.VOLUME_ATTACHMENT,
        validator=validation_csi.VOLUME_ATTACHMENT,
        strategy=simple.VERSIONED,
        defaults={"v1": defaulting_storage.volume_attachment},
    ),
    KindSpec(
        group="storage.k8s.io",
        kind="VolumeAttributesClass",
        printer=storage.VOLUME_ATTRIBUTES_CLASS,
        validator=validation_storageclass.VOLUME_ATTRIBUTES_CLASS,
        strategy=simple.PLAIN,
    ),
    KindSpec(
        group="storagemigration.k8s.io",
        kind="StorageVersionMigration",
        printer=storagemigration.STORAGE_VERSION_MIGRATION,
        validator=validation_migration.STORAGE_VERSION_MIGRATION,
    ),
)
