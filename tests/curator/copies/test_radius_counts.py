"""How many pairs each search radius yields: counted, or estimated if counting takes long."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert

from copies.fingerprints import RECIPE
from copies.hashes import PLAIN
from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions
from curator.base.models.photos import Batch, Photo, StoredFingerprint
from curator.copies.radius_counts import count_by_radius
from tests.curator.browsing import Visitor
from tests.curator.rows import photo_row

Views = list[int]  # the four hashes of a photo
Keep = Callable[[list[Views]], None]


@pytest.fixture
def keep(sessions: Sessions) -> Keep:
    """Replace the collection with photos of these hashes."""
    with sessions.begin() as session:
        session.execute(insert(Batch), [{"id": 1}])

    def keep(hashes: list[Views]) -> None:
        with sessions.begin() as session:
            session.execute(delete(Photo))
            for number, views in enumerate(hashes, 1):
                session.execute(insert(Photo), [photo_row(number)])
                row = {"photo_id": number, "recipe": RECIPE, "keypoints": b""}
                taken = np.array(views, "<u8").tobytes()
                session.execute(insert(StoredFingerprint), [row | {"hashes": taken}])

    return keep


def least_bits(one: Views, other: Views) -> int:
    """Compare all views of two photos, except mirrored with mirrored."""
    return min(
        (a ^ b).bit_count()
        for i, a in enumerate(one)
        for j, b in enumerate(other)
        if i < PLAIN or j < PLAIN
    )


near = st.integers(0, 255).map(lambda bits: bits * 0x0101_0101)  # up to 32 bits apart


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(near, min_size=4, max_size=4), max_size=6))
def test_the_counts_equal_those_of_a_plain_loop(
    keep: Keep, sessions: Sessions, hashes: list[Views]
) -> None:
    keep(hashes)
    apart = [least_bits(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    counted = count_by_radius(sessions, 16)
    assert counted.pairs == tuple(sum(bits <= radius for bits in apart) for radius in range(17))
    assert (counted.photos, counted.sought) == (len(hashes), len(hashes))
    assert not counted.is_estimate


def test_a_large_collection_is_estimated_from_a_sample(
    keep: Keep, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = [[0, 0, 2**63, 2**63]] * 30
    apart = np.random.default_rng(1).integers(0, 2**63, (90, 4), dtype=np.uint64).tolist()
    keep(alike + apart)
    exact = count_by_radius(sessions, 16).pairs
    assert exact[0] == 30 * 29 / 2
    monkeypatch.setattr("curator.copies.radius_counts.MOST_COMPARED", 60 * 120)
    counted = count_by_radius(sessions, 16)
    assert (counted.photos, counted.sought, counted.is_estimate) == (120, 60, True)
    assert counted.pairs[0] == pytest.approx(exact[0], rel=0.4)
    assert counted == count_by_radius(sessions, 16)  # the same part at each call
    monkeypatch.setattr("curator.copies.radius_counts.MOST_SOUGHT", 1)
    assert count_by_radius(sessions, 16).sought == 1


def test_counting_reads_no_keypoints(keep: Keep, sessions: Sessions) -> None:
    keep([[0] * 4, [1] * 4])
    statements: list[str] = []
    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert count_by_radius(sessions, 1).pairs == (0, 1)
    assert "hashes" in " ".join(statements)
    assert "keypoints" not in " ".join(statements)


def test_the_page_counts_each_radius_and_marks_the_current_one(
    keep: Keep, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = Visitor(create_app(config), "ana")
    assert "There are not yet two photos to compare" in ana.page("/duplicates/search")
    keep([[0] * 4] * 1300)
    page = " ".join(ana.page("/duplicates/search").split())
    assert page.count("<meter") == 17
    assert '<tr class="in-force"> <th scope="row">8 bits <span' in page
    assert "844,350" in page
    assert "approximately" not in page
    assert "/duplicates/search" in ana.page("/duplicates")
    monkeypatch.setattr("curator.copies.radius_counts.MOST_COMPARED", 1300 * 100)
    page = " ".join(Visitor(create_app(config), "vera").page("/duplicates/search").split())
    assert "Pairs, approximately" in page
    assert "<td>840,000</td>" in page
    assert "Estimated from 100 photos drawn at random" in page


def test_a_radius_beyond_the_table_is_also_shown(keep: Keep, config: Config) -> None:
    keep([[0] * 4, [1] * 4])
    wide = replace(config, dedup_radius_bits=20)
    page = Visitor(create_app(wide), "ana").page("/duplicates/search")
    assert page.count("<meter") == 21
    assert "the default is 8" in page
