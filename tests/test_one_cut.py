"""A detector sees a new photo as curator would have exported it, to the pixel."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base
from sqlalchemy import select

from curator.base.accounts import add_user
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions, reading
from curator.base.instance import init_instance
from curator.base.models.photos import Photo
from curator.base.models.ratings import Suggestion
from curator.exports.exporting import export_dataset
from curator.exports.manifest import Settings
from curator.photos.importing import import_folders
from curator.ratings.assessments import Assessment
from curator.ratings.regions import format_fractions, parse_pixels
from curator.ratings.saving import save_rating
from curator.ratings.suggesting import suggest_regions
from demo.faces import draw_photo
from demo.person import person_of
from trainer.exports.manifest import Example, Export
from trainer.exports.reader import read_export
from trainer.images.photos import parse_region
from trainer.prediction.face_crops import cut_photo

pytestmark = pytest.mark.slow

# A large JPEG is searched reduced, a turned one must be turned first, and PNG is never read reduced.
DRAWN_AS = {
    1: ("large.jpg", 1),
    3: ("turned.jpg", 6),
    5: ("plain.png", 1),
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for person, (name, orientation) in DRAWN_AS.items():
        image = draw_photo(person_of(5, person), 5, 0).image
        exif = Image.Exif()
        if orientation == 6:  # shown turned by a quarter clockwise
            image = image.transpose(Image.Transpose.ROTATE_90)
            exif[Base.Orientation] = orientation
        image = image.resize((image.width * 2, image.height * 2)) if name == "large.jpg" else image
        image.save(folder / name, exif=exif)
    return folder


@pytest.fixture(params=["suggested", "given"])
def outline(request: pytest.FixtureRequest) -> str:
    return {"suggested": "", "given": "191,233 259,243 313,237 300,311 201,322"}[request.param]


@pytest.fixture
def sessions(config: Config, photos: Path, outline: str) -> Sessions:
    """An instance whose photos are rated with the regions that it suggested, or that are given in pixels."""
    init_instance(config)
    sessions = open_sessions(config)
    add_user(sessions, "ana", "long enough to be taken", "admin", min_chars=12, actor="test")
    import_folders(sessions, config, [photos], actor="ana")
    assert suggest_regions(sessions, config).with_face == len(DRAWN_AS)
    with reading(sessions) as session:
        found = {row.photo_id: row.region or "" for row in session.scalars(select(Suggestion))}
        sizes = {row.id: (row.width_px, row.height_px) for row in session.scalars(select(Photo))}
    for photo_id, suggested in found.items():
        given = format_fractions(parse_pixels(outline, *sizes[photo_id])) if outline else ""
        label = "positive" if photo_id % 2 else "negative"
        entry = Assessment(label, {"sex": "female"}, given or suggested, over_eyes=True)
        save_rating(sessions, photo_id, "ana", entry, expected_version=0)
    return sessions


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(instance=tmp_path / "instance", workers=1)


def originals(sessions: Sessions, export: Export, photos: Path) -> Iterator[tuple[Example, Path]]:
    """Yield each exported example with the photo that it was cut from."""
    with reading(sessions) as session:
        names = {row.pixel_sha256: row.original_name for row in session.scalars(select(Photo))}
    for example in export.examples:
        [name] = (name for sha, name in names.items() if sha.startswith(example.id))
        yield example, photos / name


@pytest.mark.parametrize("crop", ["mask", "box"])
def test_a_prediction_sees_the_pixels_of_the_export(
    sessions: Sessions, config: Config, photos: Path, outline: str, crop: str
) -> None:
    export = read_export(export_dataset(sessions, config, Settings(crop=crop), actor="ana").path)
    assert len(export.examples) == len(DRAWN_AS)
    for example, photo in originals(sessions, export, photos):
        cut = cut_photo(photo, parse_region(outline) if outline else None, export.crop)
        assert cut.prediction.region_from == ("given" if outline else "suggested")
        assert cut.pixels is not None
        exported = np.asarray(Image.open(example.path))
        assert cut.pixels.shape == exported.shape
        assert (cut.pixels == exported).all()
