"""Writes ratings as Label Studio's tasks, annotations and results."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from curator.formats.labelstudio.config import FACE_REGION, NOTE, PHOTO, POLYGON
from curator.formats.labelstudio.names import HASH, IMAGE
from curator.formats.labelstudio.results import ORIGINS
from curator.formats.marks import RatedPhoto
from curator.formats.vocabulary import LABEL
from curator.ratings.attributes import attributes
from faces.regions import DECIMALS, Region

Json = Mapping[str, Any]

NAMES_OF_ORIGINS = {origin: name for name, origin in ORIGINS.items()}


def write(rated: Iterable[RatedPhoto]) -> bytes:
    """Write tasks with an annotation for each rating, to be imported with `labelling_config`.

    Label Studio takes who imports for the annotator; an annotation's `rater` is read back here.
    """
    by_photo = groupby(sorted(rated, key=lambda one: one.id), key=lambda one: one.id)
    tasks = [_task(list(group)) for _, group in by_photo]
    return (json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode()


def _task(ratings: Sequence[RatedPhoto]) -> dict[str, Any]:
    photo = ratings[0]
    data = {IMAGE: photo.file, HASH: photo.id}
    annotations = [
        {**({"rater": one.rater} if one.rater else {}), **annotation_of(one)} for one in ratings
    ]
    return {
        "data": {**data, **({"split": photo.split} if photo.split else {})},
        "annotations": annotations,
    }


def annotation_of(rated: RatedPhoto, origin: str = "") -> dict[str, Any]:
    """Return a rating as an annotation to be imported."""
    # Imported annotations are the ground truth unless they say otherwise.
    return {"result": results(rated, origin), "ground_truth": False}


def results(rated: RatedPhoto, origin: str = "") -> list[dict[str, Any]]:
    """Return a rating as an annotation's results; `origin` tells where its region is from."""
    answers = {LABEL: [rated.label]} | {
        attribute.code: list(attribute.codes_in(rated.values[attribute.code]))
        for attribute in attributes()
        if rated.values.get(attribute.code)
    }
    said = [
        _result(rated.id, code, "choices", {"choices": codes}) for code, codes in answers.items()
    ]
    if rated.note:
        said.append(_result(rated.id, NOTE, "textarea", {"text": [rated.note]}))
    if rated.region:
        size = rated.width_px, rated.height_px
        said.append(region_result(rated.id, rated.region, *size, NAMES_OF_ORIGINS.get(origin)))
    return said


def region_result(
    photo: str, region: Region, width_px: int, height_px: int, origin: str | None = None
) -> dict[str, Any]:
    """Return a region as a result; coordinates are percent of the upright photo."""
    points = [[round(100 * x, DECIMALS - 2), round(100 * y, DECIMALS - 2)] for x, y in region]
    value = {"points": points, "closed": True, "polygonlabels": [FACE_REGION]}
    size = {"original_width": width_px, "original_height": height_px, "image_rotation": 0}
    return _result(photo, POLYGON, "polygonlabels", value) | size | {"origin": origin or "manual"}


def hash_name(sha: str) -> str:
    """Return the digits of a photo's hash that name it, as in exports."""
    return sha[:16]


def _result(photo: str, name: str, kind: str, value: Json) -> dict[str, Any]:
    return {
        "id": f"{hash_name(photo)}-{name}",
        "from_name": name,
        "to_name": PHOTO,
        "type": kind,
        "value": dict(value),
    }
