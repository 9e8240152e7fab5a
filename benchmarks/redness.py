"""Compares measures of redness: the same blood under light and dark skin, and the same rash beside a red garment."""

import argparse
import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from curator.base.pixels import load
from curator.base.workers import MODEST
from curator.photos.redness import LEAST, MOST, erythema_index, light_of, pixels_in, zero_of
from curator.ratings.regions import parse_pixels
from faces.landmarks import MarkedFace, suggested_region
from faces.regions import Region
from faces.scaling import resized
from faces.search import find_faces

Values = NDArray[np.float64]
Measure = Callable[[Image.Image], NDArray[np.float32]]
SIDE_PX = 1000
GARMENT = (176, 24, 36)
GARMENT_SHARE = 0.07  # of the photo

# -- Skin as an optical model: a layer of melanin over dermis with blood (Jacques 2013, Phys Med Biol 58 R37)

NM = np.arange(400, 721, 10.0)
# Molar extinction of oxygenated and other haemoglobin, 1/(cm M) (Prahl, Oregon Medical Laser Center).
OXYGENATED = np.array(
    [
        *(266232, 466840, 480360, 246072, 102580, 62816, 44480, 33209, 26629, 23684, 20933, 20035),
        *(24202, 39957, 53236, 43016, 32613, 44496, 50104, 14401, 3200, 1506, 942, 610, 442, 368),
        *(320, 294, 278, 276, 290, 314, 348),
    ]
)
OTHER = np.array(
    [
        *(223296, 303956, 407560, 528600, 413280, 103292, 23389, 16156, 14550, 16684, 20862, 25774),
        *(31590, 39036, 46592, 53412, 53788, 45072, 37020, 28324, 14677, 9444, 6510, 5149, 4345),
        *(3750, 3227, 2795, 2408, 2052, 1794, 1540, 1326),
    ]
)
MELANIN = (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3)  # of the epidermis
BLOOD, RASH_BLOOD = 0.007, 0.02  # of the dermis
SURFACES = (0.0, 0.02, 0.04)  # light that the surface reflects before any pigment sees it
D65 = np.array([0.9505, 1, 1.0888])
TO_SRGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)


def reflectance(melanin: float, blood: float, surface: float) -> Values:
    extinction = 0.75 * OXYGENATED + 0.25 * OTHER
    absorbed = blood * 2.303 * extinction * 150 / 64500 + 0.244 + 85.3 * np.exp(-(NM - 154) / 66.2)
    scattered = 46 * (NM / 500) ** -1.42
    dermis = np.exp(-7.5 / np.sqrt(3 * (1 + scattered / absorbed)))
    epidermis = np.exp(-0.0204 * melanin * 6.6e11 * NM**-3.33)  # 60 µm, there and back, slanting
    return np.asarray(surface + (1 - surface) * epidermis * dermis)


def tristimulus(reflected: Values) -> Values:
    """Integrate with the analytic colour matching functions of Wyman, Sloan and Shirley 2013."""

    def lobe(peak_nm: float, below: float, above: float) -> Values:
        return np.asarray(
            np.exp(-(((NM - peak_nm) / np.where(peak_nm > NM, below, above)) ** 2) / 2)
        )

    x = (
        1.056 * lobe(599.8, 37.9, 31)
        + 0.362 * lobe(442, 16, 26.7)
        - 0.065 * lobe(501.1, 20.4, 26.2)
    )
    y = 0.821 * lobe(568.8, 46.9, 40.5) + 0.286 * lobe(530.9, 16.3, 31.1)
    z = 1.217 * lobe(437, 11.8, 36) + 0.681 * lobe(459, 26, 13.8)
    daylight = NM**-5 / (np.exp(1.4388e7 / (NM * 6504)) - 1)
    matched = np.array([x, y, z]) * daylight
    return np.asarray(D65 * (matched @ reflected) / matched.sum(axis=1))


def compare_pigments() -> None:
    print("skin: L* | the same blood more: a*, erythema index, by share of light from the surface")
    for melanin in MELANIN:
        told = []
        for surface in SURFACES:
            skin, rash = (
                tristimulus(reflectance(melanin, blood, surface)) for blood in (BLOOD, RASH_BLOOD)
            )
            told.append(
                f"{a_star(rash) - a_star(skin):5.1f} {index_of(rash) - index_of(skin):5.1f}"
            )
        lightness = 116 * np.cbrt(tristimulus(reflectance(melanin, BLOOD, 0.02))[1]) - 16
        print(f"{lightness:4.0f} | " + " | ".join(told))


def a_star(xyz: Values) -> float:
    x, y, _ = np.cbrt(xyz / D65)
    return float(500 * (x - y))


def index_of(xyz: Values) -> float:
    red, green, _ = TO_SRGB @ xyz
    return float(100 * np.log10(red / green))


# -- Faces with a simulated rash


@dataclass(frozen=True)
class Sitting:
    kind: str
    photo: Image.Image
    face: MarkedFace
    drawn: Region


def sittings(folder: Path) -> Iterator[Sitting]:
    with (folder.parent / "truth.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["region"]]
    for row in rows:
        photo = load(folder / row["file"])
        shape = photo.height / photo.width
        found = find_faces(photo).largest
        region = suggested_region(found, shape) if found else ()
        if found and region:
            small = Image.fromarray(resized(photo, min(SIDE_PX, max(photo.size))))
            drawn = parse_pixels(row["region"], *photo.size)
            yield Sitting(row["kind"], small, MarkedFace(found.eyes, region), drawn)


def lab(photo: Image.Image) -> NDArray[np.float32]:
    pixels = np.asarray(photo, np.float32) / 255
    converted = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    return np.asarray(cv2.GaussianBlur(converted, (0, 0), 0.002 * SIDE_PX), np.float32)


def of_whole_photo(photo: Image.Image, region: Region) -> float:
    """Return a region's level where the photo's own range of a* is the scale, as in 0.2.0."""
    values = lab(photo)
    low, high = np.percentile(values[..., 1], (1, 99.7))
    return float((np.median(pixels_in(values, region)[:, 1]) - low) * 255 / (high - low))


def of_own_skin(photo: Image.Image, face: MarkedFace | None, region: Region) -> float:
    light = light_of(photo)
    zero, _ = zero_of(light, face)
    apart = np.median(erythema_index(pixels_in(light, region))) - zero
    return float(np.clip((apart - LEAST) * 255 / (MOST - LEAST), 0, 255))


def dressed(photo: Image.Image) -> Image.Image:
    worn = photo.copy()
    worn.paste(GARMENT, (0, round(photo.height * (1 - GARMENT_SHARE)), *photo.size))
    return worn


def compare_garments(folder: Path) -> None:
    by_kind: dict[str, list[tuple[float, ...]]] = {}
    for sitting in sittings(folder):
        photo, worn, face, region = (
            sitting.photo,
            dressed(sitting.photo),
            sitting.face,
            sitting.drawn,
        )
        by_kind.setdefault(sitting.kind, []).append(
            (
                float(np.median(pixels_in(lab(photo), region)[:, 0])),
                of_whole_photo(photo, region),
                of_whole_photo(worn, region),
                of_own_skin(photo, face, region),
                of_own_skin(worn, face, region),
                of_own_skin(photo, None, region),
                of_own_skin(worn, None, region),
            )
        )
    print("kind, photos | whole photo: level, with a garment | own skin | no face found")
    for kind, rows in by_kind.items():
        found = np.array(rows)
        told = " | ".join(
            f"{spread(found[:, at])}, {spread(found[:, at + 1])}, moved by at most"
            f" {abs(found[:, at + 1] - found[:, at]).max():.0f}"
            for at in (1, 3, 5)
        )
        print(f"{kind} {len(rows)} | {told}")


def spread(levels: Values) -> str:
    low, middle, high = np.percentile(levels, (5, 50, 95))
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, help="photos, beside them truth.csv with file, kind, region"
    )
    folder = parser.parse_args().folder
    os.environ.update(MODEST)
    compare_pigments()
    if folder:
        compare_garments(folder)


if __name__ == "__main__":
    main()
