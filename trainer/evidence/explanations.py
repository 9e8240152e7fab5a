"""The folder of `trainer explain`: a picture of each photo with its heat map, and one table."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faces.cutting import bounding_box
from trainer.archs import find_architecture
from trainer.errors import PhotoUnreadable, RegionInvalid
from trainer.evidence.heat_maps import Explanation, explain_crops, explain_examples, region_mask
from trainer.evidence.overlay import as_jpeg, draw_explanation
from trainer.exports.manifest import Export
from trainer.files import write_whole
from trainer.images.photos import Outline, cut_for, open_photo, region_on
from trainer.networks.detector import Detector, load_detector
from trainer.progress import progress_bar, working
from trainer.runs.folder import StoredRun, new_folder

HEADER = ("id", "label", "score", "mass_in_region", "area_share")


def explain_test(run: StoredRun, export: Export, folder: Path) -> list[Explanation]:
    """Explain a run's test split into a new folder."""
    examples = export.of_split("test")
    with new_folder(folder) as partial:
        with working("loading the detector"):
            detector = _load(run)
        with progress_bar("drawing heat maps", len(examples), "photos") as advance:
            found = explain_examples(detector, examples, run.config, export.crop.fill_rgb, advance)
        write_explanations(partial, found)
    return found


def explain_photos(
    run: StoredRun, photos: Sequence[Path], regions: Sequence[Outline], folder: Path
) -> list[Explanation]:
    """Explain photos, each with its region in pixels, into a new folder.

    Raises:
        PhotoUnreadable: one cannot be decoded.
        RegionInvalid: one lies outside its photo.
    """
    cut = [_cut(run, *pair) for pair in zip(photos, regions, strict=True)]
    crops, masks = zip(*cut, strict=True)
    # Two folders may hold photos of one name.
    names = [(f"{place:03}-{x.stem}", "", x.name) for place, x in enumerate(photos, start=1)]
    with new_folder(folder) as partial:
        with working("drawing heat maps"):
            found = explain_crops(_load(run), crops, masks, names, run.config, run.crop.fill_rgb)
        write_explanations(partial, found)
    return found


def write_explanations(folder: Path, explanations: Sequence[Explanation]) -> None:
    """Write one JPEG per photo and explain.csv."""
    for explanation in explanations:
        picture = as_jpeg(draw_explanation(explanation))
        write_whole(folder / f"{explanation.id}.jpg", picture)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_row(explanation) for explanation in explanations)
    write_whole(folder / "explain.csv", table.getvalue().encode())


def _row(x: Explanation) -> tuple[str, ...]:
    mass = "" if x.mass_in_region is None else f"{x.mass_in_region:.4f}"
    return x.id, x.label, repr(x.score), mass, f"{x.area_share:.4f}"


def _load(run: StoredRun) -> Detector:
    arch = find_architecture(run.config.arch)
    return load_detector(arch, run.config.img_size, run.model_file)


def _cut(run: StoredRun, photo: Path, outline: Outline) -> tuple[np.ndarray, np.ndarray]:
    """Cut a region, and draw its outline into the network's square."""
    try:
        image = open_photo(photo)
        region = region_on(image, outline)
    except (PhotoUnreadable, RegionInvalid) as error:
        raise type(error)(f"{photo}: {error}") from error
    crop = cut_for(run.crop, image, region)
    corners = [(x * image.width, y * image.height) for x, y in region]
    box = bounding_box(region, image.size)
    size = (crop.shape[1], crop.shape[0])
    return crop, region_mask(corners, box, size, run.config.img_size, run.config.resize)
