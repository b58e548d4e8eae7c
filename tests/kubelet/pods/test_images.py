from __future__ import annotations

import pytest

from kubelet.pods.images import normalize, reference_error

_DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("bitnami/redis", "docker.io/bitnami/redis:latest"),
        ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app:x", "localhost:5000/app:x"),
        ("index.docker.io/library/a", "docker.io/library/a:latest"),
        (f"nginx@{_DIGEST}", f"docker.io/library/nginx@{_DIGEST}"),
    ],
)
def test_full_names(image: str, full: str) -> None:
    assert reference_error(image) == ""
    assert normalize(image) == full


@pytest.mark.parametrize(
    ("image", "error"),
    [
        ("", "invalid reference format"),
        ("a b", "invalid reference format"),
        ("nginx:", "invalid reference format"),
        ("nginx::1", "invalid reference format"),
        ("http://x/y", "invalid reference format"),
        ("Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase"),
        ("reg.io/App", "invalid reference format: repository name (App) must be lowercase"),
        ("a" * 64, f"invalid repository name ({'a' * 64}), cannot specify 64-byte hexadecimal strings"),
        ("n@sha256:abc", "invalid reference format"),
    ],
)
def test_errors_have_upstreams_words(image: str, error: str) -> None:
    assert reference_error(image) == error
