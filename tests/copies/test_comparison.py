"""Copies that no one planned are told from other photos of the same face."""

import io

import numpy as np
import pytest
from PIL import Image

from copies.comparison import Match, compare
from copies.exam.edits import KINDS, STRENGTHS, Task, edited
from copies.views import mirror, picture
from tests.curator.faces import face


def best(first: Image.Image, second: Image.Image) -> Match:
    one, other = picture(first), picture(second)
    matches = compare(one, other), compare(one, mirror(other), mirrored=True)
    return max(matches, key=lambda match: match.rank)


def planted(kind: str, strength: int) -> Image.Image:
    rng = np.random.default_rng([strength, *kind.encode()])
    others = [face(number) for number in (2, 3, 4)][: KINDS[kind].joins[strength]]
    return edited(Task(face(1), strength, rng, others), KINDS[kind])


@pytest.mark.parametrize("strength", [0, 1], ids=STRENGTHS[:2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_shown_and_decided_where_nothing_covers_the_face(
    kind: str, strength: int
) -> None:
    match = best(face(1), planted(kind, strength))
    assert match.is_possible
    assert match.is_verified or KINDS[kind].is_for_people


def test_most_strong_edits_are_seen_through() -> None:
    matches = {kind: best(face(1), planted(kind, 2)) for kind in KINDS}
    assert sum(match.is_possible for match in matches.values()) >= 0.85 * len(KINDS)
    assert sum(match.is_verified for match in matches.values()) >= 0.8 * len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_another_photo_of_the_person_is_never_decided(kind: str) -> None:
    assert not best(face(1, 1), planted(kind, 0)).is_verified


def test_the_alignment_says_what_was_done() -> None:
    photo = face(1)
    narrow = photo.resize((round(photo.width * 0.9), photo.height))
    laid = best(photo, narrow).alignment
    assert laid is not None
    assert 1 / laid.squeeze == pytest.approx(0.9, abs=0.01)
    assert laid.slant == pytest.approx(0, abs=0.01)
    assert laid.tilt == pytest.approx(1, abs=0.02)


def test_noise_alone_is_no_difference() -> None:
    photo = face(1)
    levels = np.asarray(photo) + np.random.default_rng(1).normal(0, 14, np.asarray(photo).shape)
    content = io.BytesIO()
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(content, "JPEG", quality=85)
    match = best(photo, Image.open(content))
    assert match.is_verified
    assert match.alignment is not None
    assert match.alignment.patch < 0.01
