"""The overview, and what the other pages say before there is a photo."""

import pytest

from tests.curator.browsing import Visitor
from tests.curator.drawing import REGION


def test_a_new_instance_tells_the_three_steps(ana: Visitor) -> None:
    assert "Three steps lead to a dataset" in ana.page("/")
    assert "No photos yet" in ana.page("/annotate")
    assert "The collection is empty" in ana.page("/gallery")
    assert "No pair waits" in ana.page("/duplicates")
    assert "No export has been made yet" in ana.page("/exports")


@pytest.mark.usefixtures("photos")
def test_the_overview_counts_what_is_ready_beside_the_paper(ana: Visitor) -> None:
    ana.post("/annotate/3", version=0, label="positive", sex="female", region=REGION)
    page = ana.page("/")
    assert "Positive, female: 1 of the paper" in page
    assert "Not rated yet" in page
    assert "905" in page
