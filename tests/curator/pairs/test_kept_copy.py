"""Which photo of a group of copies is kept: the original, whatever was added around it or cropped."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from copies.fingerprints import fingerprint
from curator.base.db import Sessions, reading
from curator.base.models.events import Event
from curator.base.models.pairs import DuplicatePair
from curator.base.models.photos import Photo, StoredFingerprint
from curator.pairs.decisions import act_as_one, photos_with_facts
from curator.pairs.kept_copy import RULES, Choice, Facts, choose
from curator.photos.exclusion import exclude_photo
from curator.photos.importing import ImportResult
from curator.queries.groups import look_alike_group
from tests.curator.faces import edited, face

ImportAll = Callable[..., ImportResult]
PLAIN = Facts(2, 1_000_000, 1.0, 100_000, "JPEG", is_excluded=False)
EDITS = ("caption", "story", "crop", "recompress", "resize", "caption+recompress")

FACTS = st.builds(
    Facts,
    id=st.integers(1, 10**6),
    pixels=st.integers(960_000, 1_010_000),
    content_share=st.floats(0.9, 1),
    size_bytes=st.integers(1, 3),
    format=st.sampled_from(["JPEG", "PNG", "HEIF"]),
    is_excluded=st.booleans(),
)


@pytest.mark.parametrize(
    ("better", "worse", "rule"),
    [
        ({}, {"is_excluded": True, "pixels": 9_000_000}, "the others are excluded"),
        (
            {"pixels": 250_000},
            {"is_collage": True},
            "the others are collages",
        ),
        ({}, {"pixels": 900_000, "size_bytes": 10**6}, "most pixels, not counting borders"),
        ({}, {"pixels": 1_100_000, "content_share": 0.9}, "least border or caption around it"),
        ({}, {"pixels": 1_040_000, "size_bytes": 90_000}, "least compressed"),
        ({}, {"size_bytes": 400_000, "format": "PNG"}, "least compressed"),
        ({"size_bytes": 600_000, "format": "PNG"}, {}, "least compressed"),
        ({}, {}, "earliest in the collection"),
        ({"is_excluded": True}, {"is_excluded": True}, "earliest in the collection"),
    ],
)
def test_each_rule_rules_out_photos(
    better: dict[str, object], worse: dict[str, object], rule: str
) -> None:
    kept = replace(PLAIN, **better)  # type: ignore[arg-type]  # of the fields' own types
    other = replace(PLAIN, id=3, **worse)  # type: ignore[arg-type]
    assert choose([other, kept]) == choose([kept, other]) == Choice(2, rule)
    assert rule in RULES


def test_the_shown_rule_is_the_last_that_ruled_out_a_photo() -> None:
    small, captioned = replace(PLAIN, id=1, pixels=10), replace(PLAIN, id=3, content_share=0.96)
    assert choose([PLAIN, small]).rule == "most pixels, not counting borders"
    assert choose([PLAIN, small, captioned]).rule == "least border or caption around it"
    assert choose([PLAIN]) == Choice(2, "")


@given(st.lists(FACTS, min_size=1, max_size=4, unique_by=lambda facts: facts.id))
def test_the_kept_photo_does_not_depend_on_the_order(photos: list[Facts]) -> None:
    [choice] = {choose(order) for order in permutations(photos)}
    [kept] = [photo for photo in photos if photo.id == choice.id]
    assert kept.is_excluded == all(photo.is_excluded for photo in photos)
    assert (choice.rule == "") == (len(photos) == 1)


def before_wall(photo: Image.Image, level: int = 205) -> Image.Image:
    """Paste a head onto a plain wall, which looks like a border if only uniform colour counts."""
    width, height = photo.width * 3 // 2, photo.height * 5 // 4
    grain = np.random.default_rng(1).normal(level, 1.5, (height, width))
    wall = Image.fromarray(grain.astype(np.uint8)).convert("RGB")
    across, down = np.meshgrid(np.linspace(-1, 1, photo.width), np.linspace(-1, 1, photo.height))
    head = Image.fromarray((across**2 / 0.5 + down**2 < 1).astype(np.uint8) * 255)
    wall.paste(photo, ((width - photo.width) // 2, height - photo.height), head)
    return wall


PHOTOS = {"a room": face(1), "a wall": before_wall(face(2))}


def share(photo: Image.Image) -> float:
    return fingerprint(photo).content_share


@pytest.mark.parametrize("photo", PHOTOS.values(), ids=PHOTOS)
def test_a_border_around_a_photo_is_not_content(photo: Image.Image) -> None:
    assert share(photo) == 1
    for edit in ("caption", "story", "caption+story"):
        copy = edited(photo, edit)
        content = photo.width * photo.height / (copy.width * copy.height)
        assert share(copy) == pytest.approx(content, abs=0.02), edit
    framed = Image.new("RGB", (photo.width + 40, photo.height + 40), "black")
    framed.paste(photo, (20, 20))
    content = photo.width * photo.height / (framed.width * framed.height)
    assert share(framed) == pytest.approx(content, abs=0.02)
    assert share(edited(framed, "caption")) < content


@pytest.mark.parametrize("photo", PHOTOS.values(), ids=PHOTOS)
def test_the_original_is_kept_among_its_copies(
    photo: Image.Image, folder: Path, import_all: ImportAll, sessions: Sessions
) -> None:
    for edit in EDITS:
        edited(photo, edit).save(folder / f"{edit}.jpg", quality=50 if "recompress" in edit else 90)
    photo.save(folder / "original.jpg", quality=90)
    import_all()
    make_copies(sessions)
    with reading(sessions) as session:
        [kept] = session.scalars(select(Photo).where(Photo.copy_of_id.is_(None)))
        assert kept.original_name == "original.jpg"


def make_copies(sessions: Sessions) -> None:
    """Decide that all photos are copies of one."""
    with sessions.begin() as session:
        for pair in session.scalars(select(DuplicatePair)):
            session.delete(pair)
        ids = session.scalars(select(Photo.id).order_by(Photo.id)).all()
        session.flush()
        pairs = [
            DuplicatePair(photo_a_id=ids[0], photo_b_id=other, distance_bits=5, score=0.9)
            for other in ids[1:]
        ]
        session.add_all(pairs)
        session.flush()
        act_as_one(session, pairs, "copy", "ben")


@pytest.fixture
def copies(folder: Path, import_all: ImportAll, sessions: Sessions) -> None:
    """Photo 1, and smaller copies of it, 2 and 3."""
    for name, scale in (("1.jpg", 1.0), ("2.jpg", 0.8), ("3.jpg", 0.6)):
        size = (round(face(1).width * scale), round(face(1).height * scale))
        face(1).resize(size).save(folder / name)
    import_all()
    make_copies(sessions)


def kept(sessions: Sessions) -> dict[int, int | None]:
    with reading(sessions) as session:
        rows = session.execute(select(Photo.id, Photo.copy_of_id))
        return {photo: copy for photo, copy in rows}  # noqa: C416  # dict() takes no rows here


@pytest.mark.usefixtures("copies")
def test_excluding_the_kept_photo_keeps_another_until_it_is_included_again(
    sessions: Sessions,
) -> None:
    assert kept(sessions) == {1: None, 2: 1, 3: 1}
    assert exclude_photo(sessions, 1, "too small", actor="ana") == 2
    assert kept(sessions) == {1: 2, 2: None, 3: 2}
    assert exclude_photo(sessions, 2, "too small", actor="ana") == 3
    assert exclude_photo(sessions, 3, "too small", actor="ana") == 1
    assert kept(sessions) == {1: None, 2: 1, 3: 1}  # all are excluded: none is worse for it
    assert exclude_photo(sessions, 3, "", actor="ana") is None
    assert kept(sessions) == {1: 3, 2: 3, 3: None}
    with reading(sessions) as session:
        moved = session.scalars(select(Event).where(Event.actor == "ana").order_by(Event.id))
        [first, second, *_] = [event for event in moved if event.action.startswith("copy")]
    assert (first.subject_id, first.action, first.after) == (1, "copy removed", {"copy_of": 2})
    assert (second.subject_id, second.action, second.after) == (
        2,
        "copy restored",
        {"copy_of": None},
    )


@pytest.mark.usefixtures("copies")
def test_a_photo_without_fingerprint_has_no_border(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for row in session.scalars(select(StoredFingerprint)):
            session.delete(row)
    with reading(sessions) as session:
        shares = [facts.content_share for _, facts in photos_with_facts(session, [1, 2])]
    assert shares == [1, 1]


@pytest.mark.usefixtures("copies")
def test_the_page_shows_the_kept_photo_first_then_sorts_by_content(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.get_one(Photo, 1).excluded_reason = "two faces"
        session.add(DuplicatePair(photo_a_id=2, photo_b_id=3, distance_bits=5, score=0.9))
    shown = look_alike_group(sessions)
    assert shown is not None
    assert [photo.id for photo in shown.photos] == [2, 1, 3]
    assert shown.rule == "most pixels, not counting borders"
