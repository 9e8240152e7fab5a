"""The files that people give to the programs, and what reads them."""

import io
import json
import lzma
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from curator.base.csv_table import posts_by_file
from curator.base.errors import CuratorError, PhotoRejected
from curator.base.pixels import Limits
from curator.formats.reading import read_marks
from curator.formats.redcap import write_records
from curator.formats.vocabulary import Vocabulary
from curator.photos.inspecting import inspect
from curator.photos.sidecars import read_sidecar
from curator.ratings.outlines import region_on
from curator.ratings.table import read_ratings
from faces.listing import FoundFile
from tests.curator.drawing import draw
from tests.curator.formats import files
from tests.curator.formats.rated import RATED
from tests.curator.trained import all_correct, write_run
from tests.fuzzing.campaign import Target
from tests.trainer.tiny_exports import make_export
from trainer.errors import TrainerError
from trainer.exports.reader import read_export
from trainer.runs.folder import MODEL, read_run
from trainer.runs.predictions import read_predictions

SIZE = (48, 36)
POSTS = """file,post_url,author,caption,collected_on,collector
a.jpg,https://www.instagram.com/p/ABC-1_x/,anna.b,"after a day in the sun, with @eva",2026-01-02,carl
sub/b.jpg,https://example.org/2,,,,
"""
RATINGS = """file,label,sex,evidence,person,region,note
a.jpg,positive,female,clinician,P1,"30,32 70,32 60,56","seen, twice"
b.jpg,negative,unknown,visual,,,
c.jpg,unsure,male,hashtag,P 2,"0,0 100,0 100,80 0,80",
"""
SIDECARS: tuple[dict[str, Any], ...] = (
    {
        "node": {
            "shortcode": "ABC-1_x",
            "owner": {"id": "1", "username": "Anna.B"},
            "taken_at_timestamp": 1704164645,
            "edge_media_to_caption": {"edges": [{"node": {"text": "rash, with @eva"}}]},
            "edge_sidecar_to_children": {"edges": [{"node": {}}, {"node": {}}]},
        },
        "instaloader": {"version": "4.13", "node_type": "Post"},
    },
    {
        "category": "instagram",
        "post_url": "https://www.instagram.com/p/XYZ/",
        "post_shortcode": "XYZ",
        "username": "anna.b",
        "description": "rash",
        "post_date": "2024-01-02 03:04:05",
        "num": 1,
    },
)


@dataclass(frozen=True)
class Files:
    """Reads files of one kind; `names` are the seeds' own, as many as there are seeds."""

    name: str
    seeds: Sequence[bytes]
    names: Sequence[str]
    folder: Path
    take: Callable[[Path], str]
    refusals: tuple[type[Exception], ...] = (CuratorError,)
    is_text: bool = True

    def read(self, content: bytes, seed: int) -> str:
        path = self.folder / self.names[seed]
        path.write_bytes(content)
        return self.take(path)


@dataclass(frozen=True)
class Photos:
    seeds: Sequence[bytes]
    name: str = "photo"
    refusals: tuple[type[Exception], ...] = (PhotoRejected,)
    is_text: bool = False

    def read(self, content: bytes, _seed: int) -> str:
        return inspect(content, Limits(min_side_px=16)).format


def targets(folder: Path) -> list[Target]:
    """Return what reads photos, annotations, tables, sidecars, exports and runs."""
    annotated = {
        "coco.json": files.COCO,
        "via.json": files.VIA,
        "via3.json": files.VIA3,
        "labelme.json": files.LABELME,
        "labelstudio.json": files.LABELSTUDIO,
        "min.json": files.LABELSTUDIO_MIN,
        "cvat.xml": files.CVAT,
        "via.csv": files.VIA_CSV,
        "redcap.csv": write_records(RATED).decode(),
    }
    export = make_export(folder / "export", groups=2)
    run = write_run(folder / "run", all_correct(6))
    (run / MODEL).touch()  # read by TensorFlow, whose own matter it is
    return [
        Photos(photos()),
        _texts(folder, "annotations", annotated, _take_annotations),
        _texts(folder, "posts", {"posts.csv": POSTS}, _take_posts),
        _texts(folder, "ratings", {"ratings.csv": RATINGS}, _take_ratings),
        _texts(
            folder, "sidecar", dict(zip(("a.json", "b.json"), SIDECARS, strict=True)), _take_sidecar
        ),
        Files(
            "packed-sidecar",
            [lzma.compress(json.dumps(each).encode()) for each in SIDECARS],
            ["c.json.xz"] * 2,
            folder,
            _take_sidecar,
            is_text=False,
        ),
        _part_of(export, "export", ("dataset.json", "examples.csv"), _take_export),
        _part_of(run, "run", ("config.json", "metrics.json", "predictions.csv"), _take_run),
    ]


def photos() -> list[bytes]:
    """Return a small photo in each format, plain and with what cameras write beside the pixels."""
    tagged = Image.Exif()
    tagged[0x0112], tagged[0x010F], tagged[0xA001] = 6, "Maker", 1
    said: tuple[tuple[str, dict[str, Any]], ...] = (
        *(("JPEG", {}), ("JPEG", {"progressive": True, "quality": 30}), ("JPEG", {"exif": tagged})),
        *(("PNG", {}), ("PNG", {"exif": tagged}), ("WEBP", {}), ("WEBP", {"lossless": True})),
        *(("HEIF", {}), ("AVIF", {}), ("GIF", {}), ("TIFF", {"exif": tagged}), ("BMP", {})),
    )
    made = [_saved(draw(seed, SIZE), form, **how) for seed, (form, how) in enumerate(said)]
    for mode in ("P", "L", "RGBA", "I;16"):
        made.append(
            _saved(draw(20, SIZE).convert("L" if mode == "I;16" else mode).convert(mode), "PNG")
        )
    made.append(_saved(draw(21, SIZE).convert("CMYK"), "JPEG"))
    made.append(_saved(draw(22, SIZE), "MPO", save_all=True, append_images=[draw(23, SIZE)]))
    return made


def _saved(picture: Image.Image, form: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **how)
    return buffer.getvalue()


def _texts(folder: Path, name: str, contents: dict[str, Any], take: Callable[[Path], str]) -> Files:
    seeds = [
        (each if isinstance(each, str) else json.dumps(each, indent=1)).encode()
        for each in contents.values()
    ]
    return Files(name, seeds, [*contents], folder, take)


def _part_of(whole: Path, name: str, parts: Sequence[str], take: Callable[[Path], str]) -> Target:
    """Damage one file of a folder at a time; the others are put back."""
    seeds = [(whole / part).read_bytes() for part in parts]

    def take_whole(path: Path) -> str:
        try:
            return take(whole)
        finally:
            path.write_bytes(seeds[parts.index(path.name)])

    return Files(name, seeds, parts, whole, take_whole, (TrainerError,))


def _take_annotations(path: Path) -> str:
    kind, marks = read_marks(path)
    for entry in Vocabulary(ignores_unknown=True).entries(marks):
        if entry.problem:
            raise entry.problem
        if entry.outline:
            region_on(entry.outline, 100, 80)
    return kind.name


def _take_posts(path: Path) -> str:
    return "read" if posts_by_file(path) else "empty"


def _take_ratings(path: Path) -> str:
    for entry in read_ratings(path):
        if entry.problem:
            raise entry.problem
        if entry.outline:
            region_on(entry.outline, 100, 80)
    return "read"


def _take_sidecar(path: Path) -> str:
    read_sidecar(FoundFile(path, path.name))
    return "read"


def _take_export(path: Path) -> str:
    return "read" if read_export(path).examples else "empty"


def _take_run(path: Path) -> str:
    read_run(path)
    return "read" if read_predictions(path) else "empty"
