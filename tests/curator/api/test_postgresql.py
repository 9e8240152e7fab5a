"""The API on PostgreSQL, whose integers end earlier than those of SQLite."""

import pytest

from tests.curator.api.programs import Program, problem

pytestmark = pytest.mark.only_on("postgresql", reason="integers of SQLite end later")


def test_a_number_that_no_row_has_is_refused_or_ends_a_list(ana: Program) -> None:
    cursors = ("f" * 16, "7" + "f" * 15, "0" * 8 + "f" * 8, "0" * 7 + "1" + "0" * 8)
    lists = ("photos", "pairs", "ratings", "exports", "batches", "disagreements")
    for path in (f"/{name}?cursor={cursor}" for name in lists for cursor in cursors):
        assert ana.read(path)["items"] == [], path
    assert ana.read(f"/rulings?cursor={'f' * 32}")["items"] == []
    assert ana.read(f"/photos?batch={2**31 - 1}")["items"] == []
    problem(ana.get(f"/photos?batch={2**31}"), 422)
    problem(ana.call("POST", "/claims", json={"after": 2**31}), 422)
    assert ana.call("POST", "/claims", json={"after": 2**31 - 1}).get_json()["photos"] == []
    problem(ana.get(f"/photos/{2**31}"), 404)
