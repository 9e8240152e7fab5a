"""The formats of exports: one row each, from which commands, pages and documents follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from curator.base.errors import LibraryMissing
from curator.base.messages import translatable
from curator.exports.annotated import write_coco, write_cvat, write_labelstudio, write_redcap
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
        opening: how it is opened: Python run in the export's folder, or what a person does.
        write: writes all but dataset.json into a folder that has the pictures.
        returning: the file or folder in it that `curator rate` reads; empty if it reads none.
        is_packed: whether the pictures go into other files, and their own are removed.
        library, extra: what writing needs besides curator, and the extra that installs it.
    """

    code: str
    name: str
    readers: str
    holds: str
    loses: str
    opening: str
    pictures: Pictures
    write: Write
    is_packed: bool = False
    returning: str = ""
    library: str = ""
    extra: str = ""

    @property
    def is_python(self) -> bool:
        return self.opening.lstrip().startswith(("import ", "from "))

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


OPEN_TRAINER = """
`python -m trainer run --arch xception` trains on the newest, and on another with `--data FOLDER`.
"""
OPEN_IMAGEFOLDER = """
from datasets import load_dataset
from keras.utils import image_dataset_from_directory

splits = load_dataset("imagefolder", data_dir=".")
train = image_dataset_from_directory("train")
"""
OPEN_CSV = """
import json
import pandas

with open("dtypes.json") as file:
    dtypes = json.load(file)
rows = pandas.read_csv("examples.csv", dtype=dtypes, keep_default_na=False)
"""
OPEN_PARQUET = """
import pandas
from datasets import load_dataset

splits = load_dataset("parquet", data_dir=".")
train = pandas.read_parquet("train.parquet")
"""
OPEN_TFRECORD = """
import json
import tensorflow as tf

with open("features.json") as file:
    described = json.load(file)
kinds = {"bytes": tf.string, "int64": tf.int64}
features = described["features"].items()
spec = {name: tf.io.FixedLenFeature([], kinds[kind]) for name, kind in features}


def parse(record):
    row = tf.io.parse_single_example(record, spec)
    return tf.io.decode_png(row["image"], channels=3), row["label"]


train = tf.data.TFRecordDataset("train.tfrecord").map(parse)
"""
OPEN_COCO = """
from pycocotools.coco import COCO

train = COCO("annotations/instances_train.json")
masks = [train.annToMask(annotation) for annotation in train.dataset["annotations"]]
"""
OPEN_CVAT = """
Make a task with the pictures of images/ and the labels that stand in annotations.xml under
meta/task/labels. Then choose Actions, Upload annotations, CVAT 1.1, and give annotations.xml.
"""
OPEN_LABELSTUDIO = """
Start Label Studio with LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and with
LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT set to this folder's path. Make a project and paste config.xml
under Labeling Interface, Code. Under Cloud Storage add Local files with the path of images/ (do not
sync it), then import tasks.json.
"""
OPEN_REDCAP = """
Make a project, upload dictionary.csv under Data Dictionary, then import data.csv under Data Import
Tool.
"""
FORMATS = (
    Format(
        TRAINER,
        translatable("For the trainer"),
        readers="Malar's trainer, Croissant",
        holds="cut regions in folders by split and label, examples.csv, croissant.json, a datasheet",
        loses="nothing",
        opening=OPEN_TRAINER,
        pictures=IN_CLASSES,
        write=write_manifest,
    ),
    Format(
        "imagefolder",
        translatable("Image folders"),
        readers="Keras, Hugging Face `datasets`, torchvision",
        holds="cut regions in folders by split and label, metadata.csv in each split",
        loses="nothing; an empty cell is `not_recorded`",
        opening=OPEN_IMAGEFOLDER,
        pictures=IN_CLASSES,
        write=write_imagefolder,
    ),
    Format(
        "csv",
        translatable("CSV table"),
        readers="pandas, R, spreadsheets",
        holds="cut regions in images/, examples.csv, dtypes.json with the kind of each column",
        loses="nothing",
        opening=OPEN_CSV,
        pictures=IN_ONE_FOLDER,
        write=write_csv,
    ),
    Format(
        "parquet",
        translatable("Parquet"),
        readers="Hugging Face `datasets`, pandas, DuckDB, Polars",
        holds="a file per split with rows and cut regions",
        loses="nothing",
        opening=OPEN_PARQUET,
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
        holds="a file per split with rows and cut regions, features.json with the kind of each feature",
        loses="nothing",
        opening=OPEN_TFRECORD,
        pictures=IN_ONE_FOLDER,
        write=write_tfrecord,
        is_packed=True,
        library="tensorflow",
        extra="trainer",
    ),
    Format(
        "coco",
        translatable("COCO"),
        readers="pycocotools, Detectron2, FiftyOne, Datumaro, CVAT",
        holds="whole photos in folders by split, annotations/instances_*.json: a polygon per photo",
        loses="fold, raters, group, source, hashes",
        opening=OPEN_COCO,
        pictures=Pictures("images/{split}/{id}.png", are_whole=True),
        write=write_coco,
        returning="annotations",
    ),
    Format(
        "cvat",
        translatable("CVAT"),
        readers="CVAT, Datumaro",
        holds="whole photos in images/, annotations.xml (CVAT for images 1.1)",
        loses="split, fold, raters, group, source, hashes",
        opening=OPEN_CVAT,
        pictures=WHOLE,
        write=write_cvat,
        returning="annotations.xml",
    ),
    Format(
        "labelstudio",
        translatable("Label Studio"),
        readers="Label Studio",
        holds="whole photos in images/, tasks.json with an annotation per photo, config.xml",
        loses="fold, raters, group, source, hashes",
        opening=OPEN_LABELSTUDIO,
        pictures=WHOLE,
        write=write_labelstudio,
        returning="tasks.json",
    ),
    Format(
        "redcap",
        translatable("REDCap"),
        readers="REDCap",
        holds="dictionary.csv, a form with a field for each question; data.csv, a record per photo",
        loses="pictures, fold, raters, group, source, hashes",
        opening=OPEN_REDCAP,
        pictures=Pictures(""),
        write=write_redcap,
        returning="data.csv",
    ),
)


# Those that every server can make.
SERVED = tuple(form for form in FORMATS if not form.library)


def format_codes() -> list[str]:
    return [form.code for form in FORMATS]


def format_of(code: str) -> Format:
    return {one.code: one for one in FORMATS}[code]
