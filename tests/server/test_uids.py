"""Random identifiers."""

from __future__ import annotations

import uuid

from server.uids import new_uid


def test_they_are_of_version_4_in_canonical_form_and_all_different() -> None:
    made = [new_uid() for _ in range(2000)]
    assert len(set(made)) == len(made)
    for text in made:
        parsed = uuid.UUID(text)
        assert (parsed.version, parsed.variant, str(parsed)) == (4, uuid.RFC_4122, text)
