"""Writes ratings as Label Studio's tasks, annotations and results."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from curator.formats.labelstudio.config import FACE_REGION, NOTE, PHOTO, POLYGON
from curator.formats.labelstudio.names import HASH, IMAGE
from curator.formats.labelstudio.results import ORIGINS
from curator.formats.marks import RatedPhoto
from curator.formats.meanings import LABEL
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


def annotation_of(rated: RatedPhoto) -> dict[str, Any]:
    """Return a rating as an annotation to be imported."""
    seconds = {} if rated.active_s is None else {"lead_time": rated.active_s}
    # Imported annotations are the ground truth unless they say otherwise.
    return {"result": results(rated), "ground_truth": False, **seconds}


def results(rated: RatedPhoto) -> list[dict[str, Any]]:
    """Return a rating as an annotation's results."""
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
        size, origin = (rated.width_px, rated.height_px), NAMES_OF_ORIGINS.get(rated.origin)
        said.append(region_result(rated.id, rated.region, *size, origin))
    return said


def region_result(
    photo: str, region: Region, width_px: int, height_px: int, origin: str | None = None
) -> dict[str, Any]:
    """Return a region as a result; coordinates are percent of the upright photo."""
    points = [[round(100 * x, DECIMALS - 2), round(100 * y, DECIMALS - 2)] for x, y in region]
    value = {"points": points, "closed": True, "polygonlabels": [FACE_REGION]}
    size = {"original_width": width_px, "original_height": height_px, "image_rotation": 0}
    # Without an origin it is read as imported: what nobody told is not called drawn by hand.
    told = {"origin": origin} if origin else {}
    return _result(photo, POLYGON, "polygonlabels", value) | size | told


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
