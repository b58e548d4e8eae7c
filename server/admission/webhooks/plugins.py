"""MutatingAdmissionWebhook and ValidatingAdmissionWebhook in the chain.

Source: k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go, validating/dispatcher.go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import orjson

from apimachinery.fielderrors import quote
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import Forbidden, InternalError, RequestEntityTooLarge, StatusError
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.webhooks.calling import Caller, CallFailed
from server.admission.webhooks.hooks import Hook, Hooks
from server.admission.webhooks.matching import ConditionFailed, Invocation, invocation, is_exempt, meets_conditions
from server.admission.webhooks.review import Reviewed, refusal, request_of
from server.patch.errors import InapplicablePatch
from server.patch.json_patch import apply_json_patch
from server.patch.values import identical
from storage.cache import ResourceCache

log = logging.getLogger("kubejazz.admission")

MUTATING_WEBHOOKS = GroupResource("admissionregistration.k8s.io", "mutatingwebhookconfigurations")
VALIDATING_WEBHOOKS = GroupResource("admissionregistration.k8s.io", "validatingwebhookconfigurations")


class _Webhooks:
    """What both plugins do alike."""

    _kind = ""

    def __init__(self, configurations: ResourceCache, namespaces: ResourceCache, caller: Caller) -> None:
        self._hooks = Hooks(configurations)
        self._namespaces = namespaces
        self._caller = caller

    def _labels(self, namespace: str) -> Mapping[str, str] | None:
        obj = found(self._namespaces, "", namespace)
        return None if obj is None else obj["metadata"].get("labels") or {}

    def _invocation(self, hook: Hook, attributes: Attributes) -> Invocation | None:
        """Raises Forbidden when a match condition fails and the hook's failure is none to be ignored."""
        wanted = invocation(hook, attributes, self._labels)
        if wanted is None or not hook.conditions:
            return wanted
        request = request_of(attributes, wanted, "")
        values = {"object": request["object"], "oldObject": request["oldObject"], "request": request}
        try:
            return wanted if meets_conditions(hook, values) else None
        except ConditionFailed as error:
            if hook.ignores_failure:
                return None
            raise Forbidden(f"{attributes.group_resource} {quote(attributes.name)} is forbidden: {error}") from None

    async def _ask(self, attributes: Attributes, wanted: Invocation, place: str, *, mutating: bool) -> Reviewed | None:
        """None where there is no answer and none is needed. Raises StatusError for a refusal, or no answer."""
        hook = wanted.hook
        try:
            reviewed = await self._caller.ask(attributes, wanted, mutating=mutating)
        except CallFailed as error:
            if not hook.ignores_failure:
                raise InternalError.of(f"failed calling webhook {quote(hook.name)}: {error}") from None
            log.warning("failed calling webhook %s, going on without: %s", hook.name, error)
            _note(attributes, f"failed-open.{self._kind}.webhook.admission.k8s.io/{place}", hook.name)
            return None
        for key, text in reviewed.audit.items():
            _note(attributes, f"{hook.name}/{key}", text)
        attributes.warnings += reviewed.warnings
        if not reviewed.allowed:
            raise refusal(hook.name, reviewed.status)
        return reviewed


class MutatingAdmissionWebhook(_Webhooks):
    """One after another, each seeing what those before it made. In the second round only hooks that want it are asked,
    and only if the object has changed since they were."""

    name = "MutatingAdmissionWebhook"
    _kind = "mutation"

    async def mutate(self, attributes: Attributes) -> None:
        await self._dispatch(attributes)

    async def validate(self, attributes: Attributes) -> None:
        """A deletion has nothing to be changed, but is asked about as well."""
        if attributes.operation == "DELETE":
            await self._dispatch(attributes)

    async def _dispatch(self, attributes: Attributes) -> None:
        if is_exempt(attributes):
            return
        state, again = attributes.reinvocation, attributes.reinvocation.again
        for index, hook in enumerate(self._hooks.all()):
            wanted = self._invocation(hook, attributes)
            if wanted is None:
                continue
            key = (hook.configuration, hook.name)
            if again and not (key in state.asked and not identical(state.asked[key], attributes.obj)):
                continue
            place = f"round_{int(again)}_index_{index}"
            reviewed = await self._ask(attributes, wanted, place, mutating=True)
            changed = reviewed is not None and self._change(attributes, wanted, reviewed, place)
            state.needed = state.needed or changed
            if hook.is_reinvoked:
                state.asked[key] = orjson.loads(orjson.dumps(attributes.obj))

    def _change(self, attributes: Attributes, wanted: Invocation, reviewed: Reviewed, place: str) -> bool:
        """Whether the object is another now."""
        hook, changed = wanted.hook, False
        if reviewed.patch:
            changed = self._patch(attributes, wanted, reviewed)
            said = {"configuration": hook.configuration, "webhook": hook.name, "patch": reviewed.patch}
            _note(attributes, f"patch.webhook.admission.k8s.io/{place}", {**said, "patchType": "JSONPatch"})
        told = {"configuration": hook.configuration, "webhook": hook.name, "mutated": changed}
        _note(attributes, f"mutation.webhook.admission.k8s.io/{place}", told)
        return changed

    def _patch(self, attributes: Attributes, wanted: Invocation, reviewed: Reviewed) -> bool:
        obj = attributes.obj
        if obj is None:
            what = "attempted to modify the object, which is not supported for this operation"
            raise InternalError.of(f"admission webhook {quote(wanted.hook.name)} {what}")
        shown = attributes.forms.shown(obj, wanted.resource)
        try:
            fresh = attributes.forms.read(apply_json_patch(shown, reviewed.patch), wanted.resource)
        except (InapplicablePatch, RequestEntityTooLarge, ValueError) as error:
            raise InternalError.of(str(error)) from None
        if identical(fresh, obj):
            return False
        _replace(obj, fresh)
        return True


def _note(attributes: Attributes, key: str, value: Any) -> None:
    """For the audit event, as text."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    attributes.audit_annotations.setdefault(key, text)


def _replace(obj: Object, fresh: Object) -> None:
    obj.clear()
    obj.update(fresh)


class ValidatingAdmissionWebhook(_Webhooks):
    """All at once; the first refusal, in their order, is what the requester is told."""

    name = "ValidatingAdmissionWebhook"
    _kind = "validating"

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        if is_exempt(attributes):
            return
        wanted = [one for hook in self._hooks.all() if (one := self._invocation(hook, attributes)) is not None]
        if not wanted:
            return
        asked = [
            self._ask(attributes, one, f"round_0_index_{index}", mutating=False) for index, one in enumerate(wanted)
        ]
        for outcome in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(outcome, StatusError):
                raise outcome
            if isinstance(outcome, BaseException):
                raise InternalError.of(f"{self.name} has failed: {outcome}") from outcome
