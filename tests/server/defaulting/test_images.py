from __future__ import annotations

import pytest

from server.defaulting.images import pull_policy

HEX = "0123456789abcdef" * 4

ALWAYS = [
    "nginx",
    "nginx:latest",
    "library/nginx",
    "registry.example.com/nginx",
    "registry.example.com:5000/a/b/nginx",
    "localhost/nginx",
    "localhost:5000/nginx",
    "[fd00::1]:5000/nginx",
    "Host/nginx",
    f"nginx:latest@sha256:{HEX}",
    "a.b/c__d/e-f--g.h",
]
IF_NOT_PRESENT = [
    "nginx:1.27",
    "localhost:5000/nginx:1",
    f"nginx@sha256:{HEX}",
    f"nginx:1@sha256:{HEX}",
    "nginx:Latest",
]
NO_NAMES = [
    "",
    "Nginx",
    "example.com/Nginx",
    "nginx:",
    "nginx: latest",
    " nginx",
    "a/b/../c",
    "a___b",
    "-a",
    "_host.example.com/nginx",
    HEX,
    "nginx@sha256:0123",
    f"nginx@md5:{HEX}",
    "a" * 248,
]


@pytest.mark.parametrize("image", ALWAYS)
def test_the_latest_image_is_always_pulled(image: str) -> None:
    assert pull_policy(image) == "Always"


@pytest.mark.parametrize("image", IF_NOT_PRESENT)
def test_a_tag_or_a_digest_is_pulled_once(image: str) -> None:
    assert pull_policy(image) == "IfNotPresent"


@pytest.mark.parametrize("image", NO_NAMES)
def test_what_is_no_image_name_has_no_latest_tag(image: str) -> None:
    assert pull_policy(image) == "IfNotPresent"


def test_the_longest_name() -> None:
    assert pull_policy("a" * (255 - len("docker.io/library/"))) == "Always"
    assert pull_policy("a" * (256 - len("docker.io/library/"))) == "IfNotPresent"
