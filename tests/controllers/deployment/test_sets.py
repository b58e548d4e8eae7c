from __future__ import annotations

import pytest

from controllers.deployment.sets import max_surge, max_unavailable, set_name, sort_sets
from controllers.shared.hashes import template_hash
from tests.controllers.deployment.things import bounds, rs
from tests.controllers.objects import deployment, template


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (10, "25%", "25%", (3, 2)),
        (3, "25%", "25%", (1, 0)),
        (1, "0%", "50%", (0, 1)),  # neither would let nothing move
        (10, 0, 0, (0, 1)),
        (10, 20, 20, (20, 10)),
        (0, "25%", "25%", (0, 0)),
    ],
)
def test_bounds_round_surge_up_and_unavailability_down(
    replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]
) -> None:
    d = deployment(replicas=replicas, strategy=bounds(surge, unavailable))
    assert (max_surge(d), max_unavailable(d)) == expected


def test_recreate_has_no_bounds() -> None:
    d = deployment(strategy={"type": "Recreate"})
    assert (max_surge(d), max_unavailable(d)) == (0, 0)


def test_the_new_set_is_the_oldest_with_the_deployments_template_whatever_its_hash() -> None:
    young, old, other = rs("young"), rs("old", age=9), rs("other", image="nginx:2", age=20)
    found = sort_sets(deployment(), [young, other, old])
    assert found.new is old
    assert found.old == [other, young]


def test_templates_that_differ_in_a_label_are_different() -> None:
    d = deployment()
    d["spec"]["template"]["metadata"]["labels"] = {"app": "web", "more": "1"}
    assert sort_sets(d, [rs("a")]).new is None


def test_empty_and_absent_metadata_of_a_template_are_the_same() -> None:
    d = deployment()
    d["spec"]["template"]["metadata"] |= {"creationTimestamp": None, "annotations": {}}
    assert sort_sets(d, [rs("a")]).new is not None


def test_a_hash_names_the_template_and_the_number_of_collisions() -> None:
    one, two = template({"app": "web"}), template({"app": "web"}, "nginx:2")
    assert template_hash(one, None) == template_hash(template({"app": "web"}), None)
    hashes = {template_hash(one, None), template_hash(two, None), template_hash(one, 0), template_hash(one, 1)}
    assert len(hashes) == 4
    assert all(set(value) <= set("bcdfghjklmnpqrstvwxz2456789") for value in hashes)


def test_a_sets_name_is_cut_to_be_a_name() -> None:
    assert set_name("web", "abc") == "web-abc"
    assert len(set_name("w" * 253, "abc")) == 253
    assert set_name("w" * 253, "abc").endswith("w-abc")
