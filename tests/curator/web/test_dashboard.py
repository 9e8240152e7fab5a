"""The overview, and what the other pages say before there is a photo."""

import pytest

from curator.base.db import Sessions
from curator.exports.eligible import REASONS
from curator.runs.paper import POSITIVES
from tests.curator.browsing import Visitor, numbers, the, words
from tests.curator.drawing import REGION
from tests.curator.rows import add_photos, add_ratings


def test_a_new_instance_shows_the_three_steps(ana: Visitor) -> None:
    assert len(ana.see("/").select(".first-steps > li")) == 3
    for address in ("/annotate", "/gallery", "/duplicates"):
        assert the(ana.see(address), "#nothing a[href='/inbox']"), address
    assert the(ana.see("/exports"), "#nothing")
    assert "paper" not in words(the(ana.see("/runs"), "main"))


@pytest.mark.usefixtures("photos")
def test_a_blocker_is_named_by_its_reason(ana: Visitor) -> None:
    page = ana.see("/")
    unrated = REASONS["no_rating"].capitalize()
    assert any(row.startswith(unrated) for row in map(words, page.select(".blockers tbody tr")))


@pytest.mark.parametrize(("positives", "is_shown"), [(1, False), (452, False), (453, True)])
def test_the_papers_counts_stand_beside_a_collection_of_its_size_alone(
    ana: Visitor, sessions: Sessions, positives: int, is_shown: bool
) -> None:
    said = {"rater_id": 1, "sex": "female", "evidence": "visual", "region": REGION}
    photos = range(1, positives + 1)
    with sessions.begin() as session:
        add_photos(session, positives + 1)
        add_ratings(session, [said | {"photo_id": one, "label": "positive"} for one in photos])
    page = ana.see("/")
    meters = {label["data-sex"]: the(label, "meter").attrs for label in page.select("[data-sex]")}
    assert {sex: int(str(meter["value"])) for sex, meter in meters.items()} == (
        {"female": positives, "male": 0} if is_shown else {}
    )
    table = the(page, "[aria-labelledby=ready] table")
    assert (sum(POSITIVES.values()) in numbers(table)) is is_shown
