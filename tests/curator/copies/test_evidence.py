"""The evidence of a pair has one name in the database, in tables for other programs and on pages."""

import pytest

from copies.evidence import SENTENCES, VIEW_PHASHES, Evidence
from copies.hashes import PLAIN, VIEWS
from curator.base.models.pairs import FOUND_BY, ORIGINS
from curator.web import duplicates


def test_every_kind_of_evidence_has_a_text() -> None:
    assert tuple(SENTENCES) == tuple(duplicates.EVIDENCE) == FOUND_BY
    assert tuple(duplicates.ORIGINS) == ORIGINS


@pytest.mark.parametrize("view", VIEWS)
def test_a_hash_is_named_by_its_view(view: str) -> None:
    at = VIEWS.index(view)
    found = Evidence(VIEW_PHASHES[at % PLAIN], mirrored=at >= PLAIN)
    assert found.sentence == f"pHash of the {view}"


def test_shared_keypoints_are_counted() -> None:
    assert Evidence("keypoints", 31).sentence == "31 shared keypoints"
    assert Evidence("keypoints", 7, mirrored=True).sentence == "7 shared keypoints, mirrored"
    assert Evidence("pixels").sentence == "same pixels"
