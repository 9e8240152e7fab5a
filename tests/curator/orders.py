"""The order in which raters are handed photos, where a test needs to know it."""

from itertools import count

import pytest

from curator.ratings import order


@pytest.fixture(autouse=True)
def photos_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand out photos by id, the same to each rater, related ones side by side."""
    numbers = count(1)
    monkeypatch.setattr(order, "drawn", lambda _seed, _file_sha256: next(numbers))
    monkeypatch.setattr(
        order, "relations", lambda _session, ids, to: {one: frozenset({one}) for one in {*ids, *to}}
    )
