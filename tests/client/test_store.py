from typing import Any

import pytest

from client.store import NAMESPACE, Store, by_namespace


def obj(name: str, namespace: str = "ns", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, **more}


def names(found: Any) -> list[str]:
    return [item["metadata"]["name"] for item in found]


def test_put_replaces_and_tells_what_was_there() -> None:
    store = Store()
    first, second = obj("a"), obj("a", x=1)
    assert store.put(first) is None
    assert store.put(second) is first
    assert store.get("ns/a") is second
    assert (len(store), store.keys(), store.list()) == (1, {"ns/a"}, [second])
    assert store.remove("ns/a") is second
    assert store.remove("ns/a") is None
    assert store.get("ns/a") is None


def test_cluster_scoped_objects_are_found_by_name() -> None:
    store = Store()
    store.put({"metadata": {"name": "node-1"}})
    assert store.get("node-1") is not None


def test_indexes_follow_the_objects() -> None:
    store = Store({"x": lambda item: item.get("x", ())})
    store.put(obj("a", x=["1", "2"]))
    store.put(obj("b", x=["2"]))
    assert names(store.by_index("x", "2")) == ["a", "b"]
    store.put(obj("a", x=["3"]))
    assert names(store.by_index("x", "2")) == ["b"]
    assert store.index_values("x") == {"2", "3"}
    store.remove("ns/b")
    assert list(store.by_index("x", "2")) == []
    assert store.index_values("x") == {"3"}


def test_an_index_added_later_knows_what_is_there() -> None:
    store = Store()
    store.put(obj("a", "one"))
    store.put(obj("b", "two"))
    store.add_indexers({NAMESPACE: by_namespace})
    store.add_indexers({NAMESPACE: by_namespace})
    assert names(store.by_index(NAMESPACE, "two")) == ["b"]
    with pytest.raises(ValueError, match="exists with another function"):
        store.add_indexers({NAMESPACE: lambda item: ()})
    with pytest.raises(KeyError):
        store.by_index("unknown", "x")
