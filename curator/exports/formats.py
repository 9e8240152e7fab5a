"""The formats of exports: one row each, from which commands, pages and documents follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from curator.base.errors import LibraryMissing
from curator.base.messages import translatable
from curator.exports.annotated import write_coco, write_cvat, write_labelstudio, write_redcap
from curator.exports.datasheet import write_croissant, write_datasheet
from curator.exports.images import Pictures
from curator.exports.manifest import TRAINER, Example, write_manifest
from curator.exports.packed import write_parquet, write_tfrecord
from curator.exports.tables import write_csv, write_imagefolder

Write = Callable[[Path, Mapping[str, Any], Sequence[Example]], None]
IN_CLASSES = Pictures("{split}/{label}/{id}.png")
IN_ONE_FOLDER = Pictures("images/{id}.png")
WHOLE = Pictures("images/{id}.png", are_whole=True)


@dataclass(frozen=True)
class Format:
    """One format of exports.

    Attributes:
        code: as on the command line, and at the end of the folder's name.
        readers: the programs that it is for.
        holds, loses: for readers of the documents.
        write: writes all but dataset.json into a folder that has the pictures.
        is_packed: whether the pictures go into other files, and their own are removed.
        library, extra: what writing needs besides curator, and the extra that installs it.
    """

    code: str
    name: str
    readers: str
    holds: str
    loses: str
    pictures: Pictures
    write: Write
    is_packed: bool = False
    library: str = ""
    extra: str = ""

    @property
    def is_cut(self) -> bool:
        return bool(self.pictures.file) and not self.pictures.are_whole

    def require_library(self) -> None:
        """Raise `LibraryMissing` if what writing needs is not installed."""
        if self.library and find_spec(self.library) is None:
            raise LibraryMissing(
                "The format %(format)s needs %(library)s: run  pip install 'malar[%(extra)s]'",
                format=self.code,
                library=self.library,
                extra=self.extra,
            )


def _write_for_trainer(folder: Path, facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    write_manifest(folder, facts, examples)
    write_croissant(folder, facts)
    write_datasheet(folder, facts, examples)


FORMATS = (
    Format(
        TRAINER,
        translatable("For the trainer"),
        readers="Malar's trainer; anything that reads Croissant",
        holds="cut regions in folders by split and label, examples.csv, croissant.json, a datasheet",
        loses="nothing",
        pictures=IN_CLASSES,
        write=_write_for_trainer,
    ),
    Format(
        "imagefolder",
        translatable("Image folders"),
        readers="Keras, Hugging Face `datasets`, torchvision",
        holds="cut regions in folders by split and label, metadata.csv in each split",
        loses="nothing; an empty cell is `not_recorded`",
        pictures=IN_CLASSES,
        write=write_imagefolder,
    ),
    Format(
        "csv",
        translatable("CSV table"),
        readers="pandas, R, spreadsheets",
        holds="cut regions in images/, examples.csv",
        loses="nothing",
        pictures=IN_ONE_FOLDER,
        write=write_csv,
    ),
    Format(
        "parquet",
        translatable("Parquet"),
        readers="Hugging Face `datasets`, pandas, DuckDB, Polars",
        holds="a file per split with rows and cut regions",
        loses="nothing",
        pictures=IN_ONE_FOLDER,
        write=write_parquet,
        is_packed=True,
        library="pyarrow",
        extra="parquet",
    ),
    Format(
        "tfrecord",
        translatable("TFRecord"),
        readers="TensorFlow's `tf.data`",
        holds="a file per split with rows and cut regions, features.json",
        loses="nothing",
        pictures=IN_ONE_FOLDER,
        write=write_tfrecord,
        is_packed=True,
        library="tensorflow",
        extra="trainer",
    ),
    Format(
        "coco",
        translatable("COCO (whole photos)"),
        readers="pycocotools, Detectron2, Datumaro, FiftyOne, CVAT",
        holds="whole photos in folders by split, annotations/instances_*.json: a polygon per photo",
        loses="fold, group, source, hashes",
        pictures=Pictures("images/{split}/{id}.png", are_whole=True),
        write=write_coco,
    ),
    Format(
        "cvat",
        translatable("CVAT (whole photos)"),
        readers="CVAT, Datumaro",
        holds="whole photos in images/, annotations.xml (CVAT for images 1.1)",
        loses="split, fold, group, source, hashes",
        pictures=WHOLE,
        write=write_cvat,
    ),
    Format(
        "labelstudio",
        translatable("Label Studio (whole photos)"),
        readers="Label Studio",
        holds="whole photos in images/, tasks.json with an annotation per photo, config.xml",
        loses="fold, group, source, hashes",
        pictures=WHOLE,
        write=write_labelstudio,
    ),
    Format(
        "redcap",
        translatable("REDCap (no pictures)"),
        readers="REDCap",
        holds="dictionary.csv, a form with a field for each question; data.csv, a record per photo",
        loses="pictures, fold, group, source, hashes",
        pictures=Pictures(""),
        write=write_redcap,
    ),
)


def format_codes() -> list[str]:
    return [form.code for form in FORMATS]


def format_of(code: str) -> Format:
    return {one.code: one for one in FORMATS}[code]
