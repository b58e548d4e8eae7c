from __future__ import annotations

import pytest

from apimachinery.gvk import GroupVersionKind
from openapi.schema import Form, Type, is_kind, package_of, type_of

POD = type_of(GroupVersionKind("", "v1", "Pod"))


def test_a_kind_leads_to_its_fields_in_gos_order() -> None:
    assert list(POD.fields) == ["kind", "apiVersion", "metadata", "spec", "status"]
    containers = POD.fields["spec"].type.fields["containers"]
    assert containers.type.name == "[]v1.Container"
    assert (containers.number, containers.required, containers.omitempty) == (2, True, False)
    assert (containers.patch_strategies, containers.patch_merge_key) == (("merge",), "name")
    assert (containers.list_type, containers.list_map_keys) == ("map", ("name",))


def test_embedded_structs_are_in_place_and_remember_their_message() -> None:
    volume = package_of("core/v1").type("Volume")
    assert list(volume.fields)[:3] == ["name", "hostPath", "emptyDir"]
    assert (volume.fields["emptyDir"].inline, volume.fields["emptyDir"].number) == ((2,), 2)
    rule = package_of("admissionregistration/v1").type("NamedRuleWithOperations")
    assert rule.fields["apiGroups"].inline == (2, 2)


def test_kinds_of_meta_are_known_in_every_group_version() -> None:
    options = type_of(GroupVersionKind("apps", "v1", "DeleteOptions"))
    assert options is type_of(GroupVersionKind("", "v1", "DeleteOptions"))
    assert type_of(GroupVersionKind("meta.k8s.io", "v1", "Table")).definition.endswith("meta.v1.Table")
    assert type_of(GroupVersionKind("", "v1", "List")).fields["items"].type.element.form is Form.RAW


@pytest.mark.parametrize(
    "gvk",
    [
        GroupVersionKind("", "v1", "Nope"),
        GroupVersionKind("", "v1", "PodSpec"),
        GroupVersionKind("", "v1", "Protocol"),
        GroupVersionKind("example.com", "v1", "Foo"),
        GroupVersionKind("scheduling.k8s.io", "v1alpha3", "TopologyConstraint"),
    ],
)
def test_what_is_no_served_kind_is_a_key_error(gvk: GroupVersionKind) -> None:
    with pytest.raises(KeyError):
        type_of(gvk)


def test_recursive_types_are_one_type() -> None:
    schema = package_of("apiextensions/v1").type("JSONSchemaProps")
    assert schema.fields["not"].type is schema
    assert schema.fields["properties"].type.element is schema
    options = schema.fields["items"].type.options
    assert [(option.form, number) for option, number in options] == [(Form.STRUCT, 1), (Form.LIST, 2)]


def test_enums_and_defaults_come_with_the_field() -> None:
    port = package_of("core/v1").type("ContainerPort")
    assert port.fields["protocol"].enum == ("SCTP", "TCP", "UDP")
    assert port.fields["protocol"].default == "TCP"
    assert package_of("core/v1").type("AzureDiskVolumeSource").fields["kind"].default == "Shared"


def test_struct_type_is_the_fields_own_or_its_types() -> None:
    claim_ref = package_of("core/v1").type("PersistentVolumeSpec").fields["claimRef"]
    assert (claim_ref.struct_type, claim_ref.type.struct_type) == ("granular", "atomic")
    assert package_of("core/v1").type("EnvVarSource").fields["fieldRef"].struct_type == "atomic"


def test_types_can_be_made_by_hand() -> None:
    made = Type(Form.LIST, "[]string", element=lambda: Type(Form.STRING, "string"))
    assert made.element is made.element
    assert not is_kind(made)
    with pytest.raises(TypeError):
        _ = made.fields
    with pytest.raises(TypeError):
        _ = made.element.element
