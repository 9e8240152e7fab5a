"""The images of a photo, as served to browsers."""

import io
from datetime import date
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import update

from curator.base.config import Config
from curator.base.csv_table import Post
from curator.base.db import Sessions
from curator.base.models.photos import Photo
from curator.base.models.ratings import Suggestion
from curator.photos.posts import fill_posts
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from tests.curator.bare_faces import drawn, suggestion
from tests.curator.browsing import JSON, Visitor, start_batch, the, upload, words
from tests.curator.drawing import jpeg, jpeg_of


def test_photos_are_served_without_metadata(
    ana: Visitor, config: Config, sessions: Sessions
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken by Jane Roe"
    exif.get_ifd(0x8825).update({1: "N", 2: (25.0, 25.0, 40.0)})  # GPS
    photo = jpeg(1, exif=exif, comment=b"home address")
    assert b"Jane Roe" in photo
    assert upload(ana, photo, "gps.jpg", start_batch(ana))["result"] == "added"
    for kind in ("thumbnail", "display"):
        response = ana.get(f"/photos/1/{kind}")
        assert response.mimetype == "image/jpeg"
        assert b"Jane Roe" not in response.data
        assert b"home address" not in response.data
        with Image.open(io.BytesIO(response.data)) as served:
            assert not served.getexif()
            assert {"exif", "xmp", "icc_profile"}.isdisjoint(served.info)


@pytest.mark.usefixtures("photos")
def test_images_of_a_photo_are_made_for_browsers(ana: Visitor) -> None:
    for name in ("display", "closeup", "redness"):
        first, again = (ana.get(f"/photos/1/{name}") for _ in range(2))
        assert first.data == again.data
        assert first.headers["Cache-Control"] == "private, no-store"
        with Image.open(io.BytesIO(first.data)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (160, 120))
            assert not picture.getexif()


def test_redness_is_drawn_again_once_a_face_is_found(ana: Visitor, sessions: Sessions) -> None:
    photo, marked = drawn()
    upload(ana, jpeg_of(photo), "face.jpg", start_batch(ana))

    def shown() -> tuple[str, str, bytes]:
        address = ana.get("/annotate/1", headers=JSON).get_json()["pictures"]["redness"]
        response = ana.get(address)
        return address, response.headers["Malar-Scale"], response.data

    before = shown()
    assert shown() == before
    with sessions.begin() as session:
        session.add(suggestion(1, marked))
    with_face = shown()
    assert (before[1], with_face[1]) == ("photo", "skin")
    assert before[0] != with_face[0]
    assert before[2] != with_face[2]
    with sessions.begin() as session:
        session.merge(Suggestion(photo_id=1, recipe=2, faces=0, region=None, eyes=None))
    assert shown() == before


@pytest.mark.usefixtures("photos")
def test_a_post_filled_in_later_is_told_to_those_who_have_rated_the_photo(
    ana: Visitor, config: Config, sessions: Sessions
) -> None:
    post = Post(author="rosa", caption="my rash", collected_on=date(2026, 3, 1))
    fill_posts(sessions, config, {"a.jpg": post}, actor="ben")
    assert "2026-03-01" not in words(the(ana.see("/photos/1"), "#history"))
    save_rating(sessions, 1, "ana", Assessment("positive"), expected_version=0)
    told = words(the(ana.see("/photos/1"), "#history"))
    assert all(part in told for part in ("my rash", "2026-03-01", "stored as a code"))
    assert "rosa" not in told


@pytest.mark.usefixtures("photos")
def test_a_photo_opens_by_the_id_that_exports_and_the_trainer_give_it(
    ana: Visitor, sessions: Sessions
) -> None:
    digests = ("1234567890" * 7)[:64], "a" * 64  # an id of digits alone is no number
    with sessions.begin() as session:
        for photo_id, digest in zip((2, 3), digests, strict=True):
            session.execute(update(Photo).where(Photo.id == photo_id).values(pixel_sha256=digest))
    for photo_id, digest in zip((2, 3), digests, strict=True):
        for example in (digest[:16], digest[:20], digest):
            assert ana.get(f"/photos/{example}").location == f"/photos/{photo_id}"
    both = f"{digests[0][:16]} (train) and {digests[1][:16]} (test)"
    gallery = ana.see(f"/gallery?name={quote(both)}")
    assert [box["value"] for box in gallery.select('input[name="photo"]')] == ["2", "3"]
    for missing in ("b" * 16, "9" * 15, "9" * 16, "9" * 64):
        assert ana.get(f"/photos/{missing}").status_code == 404
