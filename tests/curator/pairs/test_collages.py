"""A collage is verified as a copy of each photo in it; its photos are no copies of one another."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from curator.base.db import Sessions, reading
from curator.base.errors import AgainstEvidence
from curator.base.models.photos import Photo
from curator.pairs.collages import Collage, Laid, collages
from curator.pairs.decisions import accept_verified, certain_copies, decide_pair
from curator.photos.importing import ImportResult
from curator.queries.groups import look_alike_group
from curator.queries.pairs import pairs
from tests.curator.faces import face

ImportAll = Callable[..., ImportResult]


def laid(left: float, top: float, size: float, *, mirrored: bool = False) -> dict[str, Any]:
    return {"matrix": [[size, 0, left], [0, size, top], [0, 0, 1]], "mirrored": mirrored}


def test_photos_in_different_places_of_a_photo_lie_beside_each_other() -> None:
    left, right = (Laid(9, one, laid(x, 0, 0.5), 1, 1) for one, x in ((1, 0), (2, 0.5)))
    assert list(collages([left, right])) == [Collage(9, 1, 2)]


def test_copies_in_one_place_do_not() -> None:
    assert not list(
        collages([Laid(9, 1, laid(0, 0, 0.5), 1, 1), Laid(9, 2, laid(0.05, 0, 0.5), 1, 1)])
    )
    assert not list(
        collages([Laid(9, 1, laid(0, 0, 1), 1, 1), Laid(9, 2, laid(0.5, 0.5, 0.4), 1, 1)])
    )


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_collage_is_seen_from_the_second_photo_too(mirrored: bool) -> None:
    """The collage comes second in the first pair: all of photo 1 lies in its left half."""
    first = Laid(1, 9, laid(0, 0, 2), 1, 1)  # the collage is twice as wide as photo 1
    right = laid(0 if mirrored else 0.5, 0, 0.5, mirrored=False)
    found = list(collages([first, Laid(9, 2, right, 1, 1)]))
    assert found == ([] if mirrored else [Collage(9, 1, 2)])


@pytest.mark.slow
def test_a_collage_is_left_to_a_human_and_asked_about(
    folder: Path, import_all: ImportAll, sessions: Sessions
) -> None:
    shown = [face(person).resize((480, 600)) for person in (1, 2)]
    for number, photo in enumerate(shown, start=1):
        photo.save(folder / f"{number}.jpg", quality=92)
    page = Image.new("RGB", (960, 600))
    for number, photo in enumerate(shown):
        page.paste(photo, (480 * number, 0))
    page.save(folder / "collage.jpg", quality=90)
    shown[0].save(folder / "copy.jpg", quality=60)
    import_all()
    found = {(pair.first.name, pair.second.name): pair for pair in pairs(sessions)}
    assert {name for names in found for name in names} >= {"1.jpg", "2.jpg", "collage.jpg"}
    assert all(pair.verified for pair in found.values())
    group = look_alike_group(sessions)
    assert group is not None
    names = {photo.number: photo.name for photo in group.photos}
    told = {names[photo]: {names[one] for one in shown} for photo, shown in group.collages.items()}
    assert told == {"collage.jpg": {"1.jpg", "2.jpg", "copy.jpg"}}
    with sessions.begin() as session:
        assert certain_copies(session) == [found["1.jpg", "copy.jpg"].id]
    assert accept_verified(sessions, actor="ana") == 1
    pair = found["1.jpg", "collage.jpg"]
    with pytest.raises(AgainstEvidence):
        decide_pair(sessions, pair.id, "copy", actor="ana")
    decide_pair(sessions, pair.id, "copy", confirmed=[pair.id], actor="ana")
    with reading(sessions) as session:
        kept = {photo.original_name: photo.copy_of_id for photo in session.scalars(select(Photo))}
    assert kept["1.jpg"] is None
    assert kept["collage.jpg"] is not None
