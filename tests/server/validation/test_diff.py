from __future__ import annotations

from server.validation.diff import unified_diff


def test_the_order_of_fields_is_no_difference() -> None:
    old = {"a": [{"x": 1, "y": {"p": 1, "q": 2}}], "b": 2}
    assert unified_diff(old, {"b": 2, "a": [{"y": {"q": 2, "p": 1}, "x": 1}]}) == ""
    assert unified_diff(old, {"b": 3, "a": [{"y": {"q": 2, "p": 1}, "x": 1}]}).splitlines()[-3:] == [
        '- "b": 2',
        '+ "b": 3',
        " }",
    ]


def test_what_is_new_and_what_is_gone_is_shown() -> None:
    assert unified_diff({"a": 1}, {"a": 1, "b": 2}).splitlines() == [
        "@@ -1,3 +1,4 @@",
        " {",
        '- "a": 1',
        '+ "a": 1,',
        '+ "b": 2',
        " }",
    ]
    assert '- "a": 1' in unified_diff({"a": 1}, {})
