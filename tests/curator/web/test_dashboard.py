"""The overview, and what the other pages say before there is a photo."""

import pytest

from curator.exports.eligible import REASONS
from curator.runs.paper import POSITIVES
from tests.curator.browsing import Visitor, numbers, the, words
from tests.curator.drawing import REGION


def test_a_new_instance_shows_the_three_steps(ana: Visitor) -> None:
    assert len(ana.see("/").select(".first-steps > li")) == 3
    for address in ("/annotate", "/gallery", "/duplicates"):
        assert the(ana.see(address), "#nothing a[href='/inbox']"), address
    assert the(ana.see("/exports"), "#nothing")


@pytest.mark.usefixtures("photos")
def test_the_overview_shows_what_is_ready_next_to_the_paper(ana: Visitor) -> None:
    ana.post("/annotate/3", version=0, label="positive", sex="female", region=REGION)
    page = ana.see("/")
    meters = {label["data-sex"]: the(label, "meter").attrs for label in page.select("[data-sex]")}
    assert {sex: (meter["value"], meter["max"]) for sex, meter in meters.items()} == {
        sex: (str(int(sex == "female")), str(wanted)) for sex, wanted in POSITIVES.items()
    }
    assert sum(POSITIVES.values()) in numbers(the(page, "[aria-labelledby=ready] table"))
    unrated = REASONS["no_rating"].capitalize()
    rows = map(words, page.select(".blockers tbody tr"))
    assert any(row.startswith(unrated) for row in rows)
