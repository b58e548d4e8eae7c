"""MutatingAdmissionPolicy and ValidatingAdmissionPolicy in the chain.

Source: k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go, validator.go, mutating/dispatcher.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from apimachinery.fielderrors import quote
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import Forbidden, StatusError
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.policies.expressions import shown_namespace, with_variables
from server.admission.policies.params import ParamError, params
from server.admission.policies.policies import Binding, Expression, Matcher, Policies, Policy
from server.admission.webhooks.matching import (
    ConditionFailed,
    Invocation,
    NamespaceLabels,
    invocation,
    is_exempt,
    meets_conditions,
)
from server.admission.webhooks.review import request_of
from server.cel.errors import CelError
from server.patch.errors import InapplicablePatch
from server.patch.json_patch import apply_json_patch
from server.patch.values import identical
from server.registry.kinds import ServedKinds
from storage.cache import ResourceCache

_GROUP = "admissionregistration.k8s.io"
VALIDATING = GroupResource(_GROUP, "validatingadmissionpolicies")
VALIDATING_BINDINGS = GroupResource(_GROUP, "validatingadmissionpolicybindings")
MUTATING = GroupResource(_GROUP, "mutatingadmissionpolicies")
MUTATING_BINDINGS = GroupResource(_GROUP, "mutatingadmissionpolicybindings")

_CODES = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413}
_NAMESPACES = GroupResource("", "namespaces")
_LONGEST_AUDIT = 10 * 1024


@dataclass(frozen=True, slots=True)
class _Call:
    """A policy as one of its bindings puts it, with one parameter, and what its expressions see."""

    policy: Policy
    binding: Binding
    wanted: Invocation
    values: Mapping[str, Any]


class _Denied(Exception):
    """``binding`` None: it is the policy itself that fails."""

    def __init__(self, policy: Policy, binding: Binding | None, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.policy, self.binding, self.message, self.reason = policy, binding, message, reason


class _Policies:
    _kind = ""

    def __init__(self, policies: Policies, namespaces: ResourceCache, kinds: ServedKinds) -> None:
        self._policies, self._namespaces, self._kinds = policies, namespaces, kinds

    def _labels(self, namespace: str) -> Mapping[str, str] | None:
        obj = found(self._namespaces, "", namespace)
        return None if obj is None else obj["metadata"].get("labels") or {}

    def _calls(self, attributes: Attributes, policy: Policy) -> Iterator[_Call]:
        """Raises _Denied where a failure counts as a refusal."""
        wanted = _matched(policy.matcher, attributes, self._labels)
        if wanted is None:
            return
        for binding in policy.bindings:
            if _matched(binding.matcher, attributes, self._labels, by_default=wanted) is None:
                continue
            try:
                given = params(policy.spec, binding.spec, attributes.namespace, self._kinds)
            except ParamError as error:
                if policy.ignores_failure:
                    continue
                raise _Denied(policy, binding, f"failed to configure binding: {error}") from None
            for param in given:
                values = self._values(attributes, wanted, param)
                if self._conditions_hold(policy, binding, values):
                    yield _Call(policy, binding, wanted, with_variables(values, policy.variables))

    def _values(self, attributes: Attributes, wanted: Invocation, param: Object | None) -> dict[str, Any]:
        request = request_of(attributes, wanted, "")
        namespace = None
        if attributes.namespace and attributes.group_resource != _NAMESPACES:
            namespace = shown_namespace(found(self._namespaces, "", attributes.namespace))
        seen = {name: request.pop(name) for name in ("object", "oldObject")}
        return {**seen, "request": request, "params": param, "namespaceObject": namespace, "variables": {}}

    def _conditions_hold(self, policy: Policy, binding: Binding, values: Mapping[str, Any]) -> bool:
        try:
            return meets_conditions(policy.matcher.hook, values)
        except ConditionFailed as error:
            if policy.ignores_failure:
                return False
            raise _Denied(policy, binding, str(error)) from None

    def _refusal(self, attributes: Attributes, denied: _Denied) -> StatusError:
        by = f"'{denied.policy.name}'"
        if denied.binding is not None:
            by = f"{by} with binding '{denied.binding.name}'"
        message = f"{self._kind} {by} denied request: {denied.message}"
        forbidden = Forbidden.of(attributes.group_resource, attributes.name, message)
        reason = denied.reason or "Invalid"
        details = {**(forbidden.details or {}), "causes": [{"message": message}]}
        return StatusError(forbidden.message, details, code=_CODES.get(reason, 422), reason=reason)


def _matched(
    matcher: Matcher, attributes: Attributes, labels: NamespaceLabels, by_default: Invocation | None = None
) -> Invocation | None:
    """``by_default``: what a binding without rules is for."""
    if _named(invocation(matcher.excluded, attributes, labels), matcher.excluded.rules, attributes):
        return None
    if matcher.everything and by_default is not None:
        everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"]}
        spec = {**matcher.hook.spec, "rules": [everything]}
        return invocation(_with_spec(matcher, spec), attributes, labels)
    return _named(invocation(matcher.hook, attributes, labels), matcher.hook.rules, attributes)


def _with_spec(matcher: Matcher, spec: Mapping[str, Any]) -> Any:
    hook = matcher.hook
    return type(hook)(hook.configuration, hook.name, spec, hook.namespace_selector, hook.object_selector, ())


def _named(wanted: Invocation | None, rules: Sequence[Mapping[str, Any]], attributes: Attributes) -> Invocation | None:
    """Rules may be for objects of some names alone."""
    if wanted is None or any(
        not rule.get("resourceNames") or attributes.name in rule["resourceNames"] for rule in rules
    ):
        return wanted
    return None


# -- validating --------------------------------------------------------------------------------------------------------


class ValidatingAdmissionPolicy(_Policies):
    name = "ValidatingAdmissionPolicy"
    _kind = "ValidatingAdmissionPolicy"

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        if is_exempt(attributes):
            return
        denied: list[_Denied] = []
        failures: list[Object] = []
        for policy in self._policies.all():
            try:
                for call in self._calls(attributes, policy):
                    self._judge(attributes, call, denied, failures)
            except _Denied as error:
                denied.append(error)
        if failures:
            key = "validation.policy.admission.k8s.io/validation_failure"
            attributes.audit_annotations.setdefault(key, orjson.dumps(failures).decode())
        if denied:
            raise self._refusal(attributes, denied[0])

    def _judge(self, attributes: Attributes, call: _Call, denied: list[_Denied], failures: list[Object]) -> None:
        policy, binding = call.policy, call.binding
        actions = binding.spec.get("validationActions") or ()
        for index, validation in enumerate(policy.validations):
            problem = _problem(policy, validation, call.values)
            if problem is None:
                continue
            message, reason = problem
            if "Deny" in actions:
                denied.append(_Denied(policy, binding, message, reason))
            if "Warn" in actions:
                attributes.warnings.append(
                    f"Validation failed for {self.name} '{policy.name}' with binding '{binding.name}': {message}"
                )
            if "Audit" in actions:
                failures.append(
                    {
                        "message": message,
                        "policy": policy.name,
                        "binding": binding.name,
                        "expressionIndex": index,
                        "validationActions": list(actions),
                    }
                )
        _audit(attributes, call, denied)


def _problem(policy: Policy, validation: Expression, values: Mapping[str, Any]) -> tuple[str, str] | None:
    """(message, reason) of a validation that fails."""
    try:
        if validation.evaluate(values) is True:
            return None
    except CelError as error:
        return None if policy.ignores_failure else (str(error), "")
    return _message(validation, values), validation.spec.get("reason") or ""


def _message(validation: Expression, values: Mapping[str, Any]) -> str:
    if validation.message is not None:
        try:
            said = validation.message(values)
        except CelError:
            said = ""
        if isinstance(said, str) and said.strip() and "\n" not in said.strip():
            return said.strip()
    message: str = (validation.spec.get("message") or "").strip()
    return message or f"failed expression: {validation.spec['expression'].strip()}"


def _audit(attributes: Attributes, call: _Call, denied: list[_Denied]) -> None:
    for audit in call.policy.audits:
        try:
            value = audit.evaluate(call.values)
        except CelError as error:
            if not call.policy.ignores_failure:
                denied.append(_Denied(call.policy, call.binding, str(error)))
            continue
        if isinstance(value, str) and value.strip():
            key = f"{call.policy.name}/{audit.spec['key']}"
            attributes.audit_annotations.setdefault(key, value.strip()[:_LONGEST_AUDIT])


# -- mutating ----------------------------------------------------------------------------------------------------------


class MutatingAdmissionPolicy(_Policies):
    """In the order of their names; each sees what those before it made. Deletions have nothing to be changed."""

    name = "MutatingAdmissionPolicy"
    _kind = "MutatingAdmissionPolicy"

    async def validate(self, attributes: Attributes) -> None:
        return None

    async def mutate(self, attributes: Attributes) -> None:
        if is_exempt(attributes) or attributes.obj is None:
            return
        state = attributes.reinvocation
        for policy in self._policies.all():
            key = (self.name, policy.name)
            if state.again and not (key in state.asked and not identical(state.asked[key], attributes.obj)):
                continue
            try:
                changed = self._change(attributes, policy)
            except _Denied as error:
                raise self._refusal(attributes, error) from None
            state.needed = state.needed or changed
            if policy.is_reinvoked:
                state.asked[key] = orjson.loads(orjson.dumps(attributes.obj))

    def _change(self, attributes: Attributes, policy: Policy) -> bool:
        obj, changed = attributes.obj, False
        assert obj is not None
        for call in self._calls(attributes, policy):
            for mutation in policy.mutations:
                seen = attributes.forms.shown(obj, call.wanted.resource)
                values = with_variables({**call.values, "object": seen}, policy.variables)
                try:
                    fresh = _mutated(attributes, call, mutation, values, seen)
                except (CelError, InapplicablePatch, ValueError, StatusError) as error:
                    if policy.ignores_failure:
                        continue
                    told = f"JSON Patch: {error.why}" if isinstance(error, InapplicablePatch) else str(error)
                    raise _Denied(policy, call.binding, told) from None
                if not identical(fresh, obj):
                    obj.clear()
                    obj.update(fresh)
                    changed = True
        return changed


def _mutated(
    attributes: Attributes, call: _Call, mutation: Expression, values: Mapping[str, Any], seen: Object | None
) -> Object:
    """Raises CelError, InapplicablePatch, ValueError, StatusError."""
    result, resource = mutation.evaluate(values), call.wanted.resource
    if mutation.spec["patchType"] == "JSONPatch":
        if not isinstance(result, list):
            raise CelError(
                f"expression {quote(mutation.spec['jsonPatch']['expression'])} must give a list of JSONPatch"
            )
        return attributes.forms.read(apply_json_patch(seen, result), resource)
    if not isinstance(result, dict):
        raise CelError("an apply configuration must be an Object")
    return attributes.forms.read(attributes.forms.merged(seen or {}, result, resource), resource)
