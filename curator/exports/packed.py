"""Packs an export's rows and pictures into one file per split: Parquet, and TensorFlow's records."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from curator.base.workers import MODEST
from curator.exports.manifest import CLASSES, NUMBERS, Example, by_split, column_names, row_of
from faces.quiet import stderr_held_back

ROWS_AT_ONCE = 100  # as Hugging Face advises for pictures: a reader holds so many in memory


def write_parquet(folder: Path, _facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write a file for each split that has photos, which Hugging Face's `datasets` reads as pictures."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = _schema()
    for split, members in by_split(examples):
        rows = _rows(folder, members)
        # Pictures do not shrink, and compressors differ in their bytes.
        with ParquetWriter(folder / f"{split}.parquet", schema, compression="none") as file:
            while part := [{**row, "image": _picture(row)} for row in islice(rows, ROWS_AT_ONCE)]:
                file.write_table(pyarrow.Table.from_pylist(part, schema=schema))


def _schema() -> Any:
    """Return Arrow's kinds of the columns, with what `datasets` takes them for."""
    import pyarrow

    picture = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    kinds = {"image": picture, **dict.fromkeys(_numbers(), pyarrow.int64())}
    columns = [(name, kinds.get(name, pyarrow.string())) for name in ("image", *_columns())]
    features = json.dumps({"info": {"features": _features()}}, sort_keys=True)
    return pyarrow.schema(columns, metadata={"huggingface": features})


def write_tfrecord(folder: Path, facts: Mapping[str, Any], examples: Sequence[Example]) -> None:
    """Write a file of tf.train.Example for each split that has photos, and features.json."""
    for name, value in MODEST.items():
        os.environ.setdefault(name, value)
    with stderr_held_back():
        import tensorflow

    for split, members in by_split(examples):
        with tensorflow.io.TFRecordWriter(str(folder / f"{split}.tfrecord")) as file:
            for row in _rows(folder, members):
                example = tensorflow.train.Example()
                for name, value in row.items():
                    _fill(example.features.feature[name], value)
                file.write(example.SerializeToString(deterministic=True))
    kinds = {"image": "bytes", **{name: _kind(name) for name in _columns()}}
    described = {"classes": facts["classes"], "features": kinds}
    (folder / "features.json").write_bytes(f"{json.dumps(described, indent=2)}\n".encode())


def _columns() -> tuple[str, ...]:
    return tuple(name for name in column_names() if name != "file")


def _numbers() -> tuple[str, ...]:
    """Return the columns that hold numbers; a label is its place among the classes."""
    return ("label", *NUMBERS)


def _rows(folder: Path, examples: Iterable[Example]) -> Iterator[dict[str, Any]]:
    """Yield rows with their pictures, one at a time."""
    return (_row(folder, example) for example in examples)


def _row(folder: Path, example: Example) -> dict[str, Any]:
    row: dict[str, Any] = row_of(example)
    picture = (folder / row.pop("file")).read_bytes()
    return {"image": picture, **row, "label": CLASSES.index(example.label)}


def _picture(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"bytes": row["image"], "path": f"{row['id']}.png"}


def _features() -> dict[str, Any]:
    """Describe the columns as `datasets` does."""
    kinds = {
        **{name: {"dtype": "int64", "_type": "Value"} for name in NUMBERS},
        "label": {"names": list(CLASSES), "_type": "ClassLabel"},
    }
    text = {"dtype": "string", "_type": "Value"}
    return {"image": {"_type": "Image"}, **{name: kinds.get(name, text) for name in _columns()}}


def _kind(name: str) -> str:
    return "int64" if name in _numbers() else "bytes"


def _fill(feature: Any, value: Any) -> None:
    if isinstance(value, int):
        feature.int64_list.value.append(value)
    else:
        feature.bytes_list.value.append(value if isinstance(value, bytes) else value.encode())
