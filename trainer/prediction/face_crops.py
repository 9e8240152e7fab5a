"""Cuts the face region out of a photo, given or suggested, as a detector takes it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from faces.landmarks import suggested_region
from faces.regions import Region, as_kept
from faces.search import SEARCHED_PX, can_search, find_faces, networks
from trainer.errors import FaceSearchMissing, PhotoUnreadable, RegionInvalid
from trainer.exports.manifest import Crop
from trainer.images.photos import (
    Outline,
    check_photo,
    cut_for,
    open_photo,
    open_reduced,
    region_on,
)
from trainer.prediction.records import PhotoPrediction


@dataclass(frozen=True)
class FaceCrop:
    """A photo before it is scored; `pixels` is None if its prediction has a problem."""

    prediction: PhotoPrediction
    pixels: np.ndarray | None = None


def start_face_search() -> None:
    """Load the face search first, so that its failure is not blamed on a photo.

    Raises:
        FaceSearchMissing: mtcnn is not installed.
    """
    if not can_search():
        raise FaceSearchMissing(
            "no region can be suggested because mtcnn is not installed: "
            "run  pip install 'malar[suggest]', or give --region"
        )
    networks()


def cut_photo(photo: Path, outline: Outline | None, crop: Crop) -> FaceCrop:
    """Cut the region of a photo, as curator would have exported it.

    Args:
        outline: the region, where it is given; else it is suggested by the largest face.
    """
    try:
        image = open_photo(photo)
        check_photo(photo)
        if outline is None:
            prediction, region = _suggested(photo, image.height / image.width)
        else:
            prediction, region = (
                PhotoPrediction(photo, region_from="given"),
                region_on(image, outline),
            )
    except (PhotoUnreadable, RegionInvalid) as error:
        return FaceCrop(PhotoPrediction(photo, problem=str(error)))
    if prediction.problem:
        return FaceCrop(prediction)
    placed = replace(prediction, region=_in_pixels(region, image))
    return FaceCrop(placed, cut_for(crop, image, region))


def _suggested(photo: Path, shape: float) -> tuple[PhotoPrediction, Region]:
    """Suggest a region as curator does; if there is none, the prediction says why.

    Args:
        shape: height by width of the photo.
    """
    found = find_faces(open_reduced(photo, SEARCHED_PX))
    if found.largest is None:
        return PhotoPrediction(
            photo, faces=0, problem="no face was found: give its region with --region"
        ), ()
    region = as_kept(suggested_region(found.largest, shape))
    if not region:
        problem = "no region fits the face that was found: give one with --region"
        return PhotoPrediction(photo, faces=found.faces, problem=problem), ()
    return PhotoPrediction(photo, region_from="suggested", faces=found.faces), region


def _in_pixels(region: Region, image: Image.Image) -> Outline:
    return tuple((round(x * image.width, 2), round(y * image.height, 2)) for x, y in region)
