"""AlwaysPullImages: no pod uses an image that only lies on its node, and that its owner may have no right to.

Source: k8s.io/kubernetes plugin/pkg/admission/alwayspullimages. Off unless asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from apimachinery.fielderrors import not_supported
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from server.admission.chain import Attributes
from server.admission.refusal import forbidden, joined

_PODS = GroupResource("", "pods")
_ALWAYS = "Always"
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


class AlwaysPullImages:
    name = "AlwaysPullImages"

    async def mutate(self, attributes: Attributes) -> None:
        if not _concerned(attributes):
            return
        assert attributes.obj is not None
        for container, _ in _containers(attributes.obj):
            container["imagePullPolicy"] = _ALWAYS
        for image, _ in _image_volumes(attributes.obj):
            image["pullPolicy"] = _ALWAYS

    async def validate(self, attributes: Attributes) -> None:
        if not _concerned(attributes):
            return
        assert attributes.obj is not None
        pulled = [(c.get("imagePullPolicy"), f"{path}.imagePullPolicy") for c, path in _containers(attributes.obj)]
        pulled += [(image.get("pullPolicy"), f"{path}.pullPolicy") for image, path in _image_volumes(attributes.obj)]
        wrong = [str(not_supported(path, policy or "", [_ALWAYS])) for policy, path in pulled if policy != _ALWAYS]
        if wrong:
            raise forbidden(attributes, joined(wrong))


def _concerned(attributes: Attributes) -> bool:
    if attributes.group_resource != _PODS or attributes.subresource or attributes.obj is None:
        return False
    if attributes.operation == "CREATE":
        return True
    return attributes.operation == "UPDATE" and attributes.old is not None and _has_new_image(attributes)


def _has_new_image(attributes: Attributes) -> bool:
    assert attributes.obj is not None and attributes.old is not None
    before = {container.get("image") for container, _ in _containers(attributes.old)}
    return any(container.get("image") not in before for container, _ in _containers(attributes.obj))


def _containers(pod: Object) -> Iterator[tuple[Object, str]]:
    for field in _CONTAINERS:
        for index, container in enumerate(pod["spec"].get(field) or ()):
            yield container, f"spec.{field}[{index}]"


def _image_volumes(pod: Object) -> Iterator[tuple[Object, str]]:
    for index, volume in enumerate(pod["spec"].get("volumes") or ()):
        if volume.get("image") is not None:
            yield volume["image"], f"spec.volumes[{index}].image"
