"""JSON patch: RFC 6902 as the server's library does it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from apimachinery.status import RequestEntityTooLarge
from server.patch.errors import InapplicablePatch, MalformedPatch
from server.patch.json_patch import MAX_OPERATIONS, apply_json_patch, unknown_members


def _op(op: str, path: str, **rest: Any) -> dict[str, Any]:
    return {"op": op, "path": path, **rest}


@pytest.mark.parametrize(
    ("document", "operations", "expected"),
    [
        pytest.param({"a": 1}, [_op("add", "/b", value=2)], {"a": 1, "b": 2}, id="add a member"),
        pytest.param({"a": 1}, [_op("add", "/a", value=2)], {"a": 2}, id="add over a member"),
        pytest.param({"a": [1, 3]}, [_op("add", "/a/1", value=2)], {"a": [1, 2, 3]}, id="add before an index"),
        pytest.param({"a": [1]}, [_op("add", "/a/1", value=2)], {"a": [1, 2]}, id="add at the end by index"),
        pytest.param({"a": [1]}, [_op("add", "/a/-", value=2)], {"a": [1, 2]}, id="append"),
        pytest.param({"a": [1, 2]}, [_op("add", "/a/-1", value=3)], {"a": [1, 2, 3]}, id="add at a negative index"),
        pytest.param({"a": 1}, [_op("add", "/b")], {"a": 1, "b": None}, id="add without a value"),
        pytest.param({"a": {"b": 1}}, [_op("add", "/a/c~1d", value=2)], {"a": {"b": 1, "c/d": 2}}, id="slash in a key"),
        pytest.param({"a": {"~1": 1}}, [_op("remove", "/a/~01")], {"a": {}}, id="tilde in a key"),
        pytest.param({"a": {"": 1}}, [_op("replace", "/a/", value=2)], {"a": {"": 2}}, id="an empty key"),
        pytest.param({"a": [1, 2, 3]}, [_op("remove", "/a/1")], {"a": [1, 3]}, id="remove an item"),
        pytest.param({"a": [1, 2, 3]}, [_op("remove", "/a/-1")], {"a": [1, 2]}, id="remove the last item"),
        pytest.param({"a": 1}, [_op("replace", "/a", value=[])], {"a": []}, id="replace a member"),
        pytest.param({"a": [1, 2]}, [_op("replace", "/a/0", value=9)], {"a": [9, 2]}, id="replace an item"),
        pytest.param({"a": 1}, [_op("replace", "/b", value=2)], {"a": 1, "b": 2}, id="replace sets a missing member"),
        pytest.param({"a": 1}, [_op("replace", "", value={"b": 2})], {"b": 2}, id="replace the whole document"),
        pytest.param(
            {"a": {"x": 1}, "b": {}}, [_op("move", "/b/y", **{"from": "/a/x"})], {"a": {}, "b": {"y": 1}}, id="move"
        ),
        pytest.param({"a": [1, 2]}, [_op("move", "/a/1", **{"from": "/a/0"})], {"a": [2, 1]}, id="move within a list"),
        pytest.param({"a": {"x": 1}}, [_op("copy", "/b", **{"from": "/a"})], {"a": {"x": 1}, "b": {"x": 1}}, id="copy"),
        pytest.param({"a": 1}, [_op("copy", "/b", **{"from": "/x"})], {"a": 1, "b": None}, id="copy a missing member"),
        pytest.param(
            {"a": {"x": 1}},
            [_op("copy", "/b", **{"from": "/a"}), _op("add", "/b/x", value=2)],
            {"a": {"x": 1}, "b": {"x": 2}},
            id="a copy stands alone",
        ),
        pytest.param(
            {"a": {"x": {}}},
            [_op("add", "/a/x/y", value=1), _op("copy", "/b", **{"from": "/a"}), _op("add", "/b/x/y", value=2)],
            {"a": {"x": {"y": 1}}, "b": {"x": {"y": 2}}},
            id="a copy of something changed stands alone",
        ),
        pytest.param({"a": [{"b": 1}]}, [_op("test", "/a", value=[{"b": 1}])], {"a": [{"b": 1}]}, id="test deep"),
        pytest.param({"a": 1}, [_op("test", "/b", value=None)], {"a": 1}, id="test a missing member against null"),
        pytest.param({"a": 1}, [_op("test", "", value={"a": 1})], {"a": 1}, id="test the whole document"),
        pytest.param({"a": 1}, [], {"a": 1}, id="no operations"),
        pytest.param({"a": 1}, None, {"a": 1}, id="null for operations"),
    ],
)
def test_operations_do_what_they_say_and_leave_their_input_alone(document: Any, operations: Any, expected: Any) -> None:
    before = copy.deepcopy((document, operations))
    assert apply_json_patch(document, operations) == expected
    assert (document, operations) == before


@pytest.mark.parametrize(
    ("document", "operation", "why"),
    [
        (
            {"data": {"x": "1"}},
            _op("test", "/data/x", value="2"),
            "testing value /data/x failed: test failed",
        ),
        ({"a": 1}, _op("test", "/a", value=1.0), "testing value /a failed: test failed"),
        ({"a": 1}, _op("test", "/a", value=True), "testing value /a failed: test failed"),
        ({"a": []}, _op("test", "/a", value={}), "testing value /a failed: test failed"),
        ({"a": 1}, _op("test", "", value={"a": 2}), "testing value  failed: test failed"),
        ({"a": 1}, _op("test", "/b/c", value=2), "test operation does not apply: is missing path: /b/c: missing value"),
        (
            {"data": {}},
            _op("remove", "/data/nope"),
            "error in remove for path: '/data/nope': Unable to remove nonexistent key: nope: missing value",
        ),
        (
            {"a": [1]},
            _op("remove", "/a/3"),
            "error in remove for path: '/a/3': Unable to access invalid index: 3: invalid index referenced",
        ),
        (
            {"a": [1]},
            _op("add", "/a/3", value=1),
            "error in add for path: '/a/3': Unable to access invalid index: 3: invalid index referenced",
        ),
        (
            {"a": [1]},
            _op("add", "/a/x", value=1),
            "error in add for path: '/a/x': value was not a proper array index: 'x': "
            'strconv.Atoi: parsing "x": invalid syntax',
        ),
        (
            {"a": "scalar"},
            _op("add", "/a/b", value=1),
            'add operation does not apply: doc is missing path: "/a/b": missing value',
        ),
        (
            {"a": None},
            _op("add", "/a/b", value=1),
            'add operation does not apply: doc is missing path: "/a/b": missing value',
        ),
        ({"a": 1}, _op("add", "", value={}), 'add operation does not apply: doc is missing path: "": missing value'),
        (
            {"a": [1]},
            _op("replace", "/a/4", value=1),
            "replace operation does not apply: doc is missing key: /a/4: missing value",
        ),
        (
            {"a": 1},
            _op("replace", "", value=1),
            "replace operation value must be object or array: %!w(<nil>)",
        ),
        (
            {"a": 1},
            _op("move", "/b", **{"from": "/x"}),
            "error in move for path: 'x': Unable to remove nonexistent key: x: missing value",
        ),
        (
            {"a": 1},
            {"op": "move", "path": "/b"},
            "move operation failed to decode from: operation, missing from field: ",
        ),
        ({"a": 1}, {"op": "add", "value": 1}, "add operation failed to decode path: operation missing path field: "),
        ({"a": 1}, {"op": "frob", "path": "/a"}, "Unexpected kind: frob"),
        ({"a": 1}, {"path": "/a"}, "Unexpected kind: unknown"),
        ({"a": 1}, None, "Unexpected kind: unknown"),
    ],
)
def test_what_does_not_apply_says_why(document: Any, operation: Any, why: str) -> None:
    with pytest.raises(InapplicablePatch) as caught:
        apply_json_patch(document, [operation])
    assert caught.value.why.startswith(why)
    # As recorded from an upstream server: the answer itself is generic.
    assert caught.value.to_status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "the server rejected our request due to an error in our request",
        "reason": "Invalid",
        "details": {},
        "code": 422,
    }


def test_a_failing_operation_undoes_the_ones_before() -> None:
    document = {"a": {"b": 1}}
    with pytest.raises(InapplicablePatch):
        apply_json_patch(document, [_op("add", "/a/c", value=1), _op("remove", "/a/nope")])
    assert document == {"a": {"b": 1}}


def test_unchanged_parts_are_shared_with_the_result() -> None:
    document = {"a": {"b": 1}, "c": {"d": 1}}
    patched = apply_json_patch(document, [_op("add", "/a/b", value=2)])
    assert patched["c"] is document["c"]


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        ({"op": "add"}, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        ("x", "json: cannot unmarshal string into Go value of type jsonpatch.Patch"),
        ([1], "json: cannot unmarshal number into Go value of type jsonpatch.Operation"),
    ],
)
def test_a_body_that_is_no_patch_is_a_bad_request(operations: Any, message: str) -> None:
    with pytest.raises(MalformedPatch) as caught:
        apply_json_patch({}, operations)
    assert caught.value.to_status()["message"] == message
    assert caught.value.to_status()["code"] == 400


def test_too_many_operations_are_refused() -> None:
    operations = [_op("test", "", value={})] * (MAX_OPERATIONS + 1)
    with pytest.raises(RequestEntityTooLarge, match="maximum operations in a JSON patch is 10000, got 10001"):
        apply_json_patch({}, operations)


def test_unknown_members_of_operations_are_named() -> None:
    assert unknown_members([_op("add", "/a", value=1), _op("add", "/a", foo=1)]) == [
        'json patch unknown field "[1].foo"'
    ]
