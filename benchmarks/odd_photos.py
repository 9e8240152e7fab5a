"""Counts which odd photos are found among real faces, by kind and by reason, and how many others are called odd."""

import argparse
import csv
import io
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from curator.base.pixels import READ_PX
from curator.base.workers import MODEST, work_alone
from curator.photos.checks import checks_of
from curator.photos.oddness import REASONS, Measured, odd_photos, of_region
from demo.collection import write_collection
from demo.faces import draw_photo
from demo.person import person_of
from faces.decoding import upright_reduced
from faces.landmarks import suggested_region
from faces.photos import open_image
from faces.search import SEARCHED_PX, find_faces

Values = NDArray[np.float64]
Picture = Image.Image
SIDE_PX = 1080
ALL = slice(None)
SPOKEN = (
    *("it came back", "after two days", "in the sun", "and the doctor", "said to wait"),
    *("for the blood", "test"),
)


# -- What is made of a face


def exposed(photo: Picture, stops: float, rng: np.random.Generator) -> Picture:
    """Give a photo more or less light, with a sensor's noise."""
    levels = np.asarray(photo, np.float64) / 255
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    light = (light * 2**stops + rng.normal(0, 0.002, light.shape)).clip(0, 1)
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return as_picture(shown)


def blurred(photo: Picture, share: float) -> Picture:
    return photo.filter(ImageFilter.GaussianBlur(share * max(photo.size)))


def shaken(photo: Picture, share: float, rng: np.random.Generator) -> Picture:
    side = int(share * max(photo.size)) | 1
    line = np.zeros((side, side), np.float32)
    line[side // 2] = 1
    turned = cv2.getRotationMatrix2D((side // 2, side // 2), float(rng.uniform(0, 180)), 1)
    line = np.asarray(cv2.warpAffine(line, turned, (side, side)), np.float32)
    return Image.fromarray(cv2.filter2D(np.asarray(photo), -1, line / line.sum()))


def washed_out(photo: Picture) -> Picture:
    return photo.point(lambda level: 185 + level * 70 / 255)


def cartoon(photo: Picture) -> Picture:
    pixels = np.asarray(photo.resize((photo.width // 2, photo.height // 2)))
    for _ in range(5):
        pixels = np.asarray(cv2.bilateralFilter(pixels, 9, 40, 7))
    grey = cv2.medianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 5)
    lines = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, blockSize=9, C=4
    )
    inked = cv2.bitwise_and(pixels // 32 * 32 + 16, pixels // 32 * 32 + 16, mask=lines)
    return Image.fromarray(np.asarray(inked, np.uint8)).resize(photo.size)


def beside(first: Picture, second: Picture) -> Picture:
    both = Image.new("RGB", (first.width + second.width, min(first.height, second.height)))
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    return both


def skin_alone(photo: Picture, region: str) -> Picture:
    """Enlarge a cheek, as of a hand or an arm."""
    corners = np.array([corner.split(",") for corner in region.split()], np.float64)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    side, top = 0.3 * (right - left), top + 0.2 * (bottom - top)
    return photo.crop((int(left), int(top), int(left + side), int(top + side))).resize((900, 900))


# -- What shows no face


def screenshot(rng: np.random.Generator) -> Picture:
    """Draw a chat, or a note."""
    is_dark, is_chat = rng.random() < 0.3, rng.random() < 0.5
    ground, ink = ((18, 18, 20), (235, 235, 235)) if is_dark else ((255, 255, 255), (20, 20, 20))
    picture = Image.new("RGB", (SIDE_PX, int(rng.choice((1080, 1350, 1920)))), ground)
    pen, size = ImageDraw.Draw(picture), int(rng.integers(26, 46))
    font, y = ImageFont.load_default(size), 100
    while y < picture.height - 8 * size:
        lines = [" ".join(rng.choice(SPOKEN, 2)) for _ in range(int(rng.integers(1, 5)))]
        width = max(font.getlength(line) for line in lines) + 2 * size
        x = picture.width - width - 30 if is_chat and rng.random() < 0.5 else 30
        if is_chat:
            box = (x, y, x + width, y + (len(lines) + 1) * 1.4 * size)
            pen.rounded_rectangle(box, size, fill=(0, 92, 75) if is_dark else (220, 248, 198))
        for at, line in enumerate(lines):
            pen.text((x + size, y + (at + 0.4) * 1.4 * size), line, ink, font)
        y += int((len(lines) + 1.5) * 1.4 * size)
    return picture


def grain(rng: np.random.Generator, power: float, side: int = 512) -> Values:
    """Return noise whose strength falls with the power of its frequency, as in natural scenes."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    frequency[0, 0] = 1
    noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=(side, side))) / frequency**power).real
    return np.asarray((noise - noise.min()) / (noise.max() - noise.min()))


def landscape(rng: np.random.Generator) -> Picture:
    down = np.linspace(0, 1, 512)[:, None, None]
    scene = (1 - down) * (0.35, 0.55, 0.85) + down * (0.8, 0.8, 0.8)
    scene = scene + 0.3 * grain(rng, 1.8)[..., None]
    for layer in range(3):
        ridge = grain(rng, 1.4)[256] * 0.3 + 0.35 + 0.17 * layer
        ground = np.array([0.2 + 0.1 * layer, 0.37, 0.2]) * (0.6 + 0.8 * grain(rng, 1.0)[..., None])
        scene = np.where((down[..., 0] > ridge)[..., None], ground, scene)
    return as_picture(scene).resize((SIDE_PX, 810))


def texture(rng: np.random.Generator) -> Picture:
    share = grain(rng, float(rng.uniform(0.6, 1.4)))[..., None]
    return as_picture(share * rng.random(3) + (1 - share) * rng.random(3)).resize(
        (SIDE_PX, SIDE_PX)
    )


def flat_face(rng: np.random.Generator) -> Picture:
    """Draw a face of flat areas and lines."""
    ground, hair, shirt = (tuple(int(level) for level in rng.integers(0, 255, 3)) for _ in range(3))
    skin = tuple(int(level) for level in rng.integers((150, 110, 80), (250, 200, 170)))
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX), ground)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((300, 850, 780, 1080), fill=shirt)
    pen.ellipse((250, 180, 830, 900), fill=skin, outline=(20, 20, 20), width=8)
    pen.pieslice((230, 120, 850, 760), 180, 360, fill=hair)
    for x in (400, 680):
        pen.ellipse((x - 60, 450, x + 60, 530), fill="white", outline="black", width=5)
        pen.ellipse((x - 25, 465, x + 25, 515), fill=(60, 40, 20))
    pen.polygon([(380, 590), (540, 560), (700, 590), (690, 680), (390, 680)], fill=(220, 100, 100))
    pen.arc((430, 650, 650, 790), 10, 170, fill=(180, 40, 50), width=14)
    return picture


def far_away(photo: Picture, rng: np.random.Generator) -> Picture:
    """Put a face into a landscape, too small to judge."""
    scene = landscape(rng)
    scene.paste(photo.resize((190, 190 * photo.height // photo.width)), (100, 400))
    return scene


def as_picture(shares: Values) -> Picture:
    return Image.fromarray((shares.clip(0, 1) * 255).round().astype(np.uint8))


# -- How photos are judged


def measured(photos: Sequence[Picture]) -> Measured:
    """Measure photos as import and the search for faces do."""
    rows = [measures_of(photo) for photo in photos]
    measures, looks, longest_px, faces, within, region_px = zip(*rows, strict=True)
    return Measured(
        np.arange(len(rows)),
        np.array(measures, np.float32),
        np.array(looks, np.float32),
        np.array(longest_px, np.float32),
        np.array(faces),
        np.array(within, np.float32),
        np.array(region_px, np.float32),
    )


def measures_of(photo: Picture) -> tuple[object, ...]:
    content = io.BytesIO()
    photo.save(content, "JPEG", quality=88)
    with open_image(content.getvalue()) as opened:
        checks = checks_of(upright_reduced(opened, READ_PX))
    with open_image(content.getvalue()) as opened:
        found = find_faces(upright_reduced(opened, SEARCHED_PX))
    shape = photo.height / photo.width
    region = suggested_region(found.largest, shape) if found.largest else None
    within, region_px = of_region(checks.light, checks.blur, region, photo.width)
    return checks.measures, checks.look, max(photo.size), found.faces, within, region_px


def together(first: Measured, second: Measured, rows: slice = ALL) -> Measured:
    """Join a collection and rows of a second one."""
    joined = [
        np.concatenate([getattr(first, name), getattr(second, name)[rows]])
        for name in Measured.__dataclass_fields__
        if name != "ids"
    ]
    return Measured(np.arange(len(joined[0])), *joined)


def each_added(collection: Measured, odd: Measured) -> Counter[str]:
    """Count the reasons of odd photos, each added to the collection alone."""
    told: Counter[str] = Counter()
    new = len(collection.ids)
    for row in range(len(odd.ids)):
        judged = odd_photos(together(collection, odd, slice(row, row + 1)))
        reasons = next((one.reasons for one in judged if one.photo_id == new), ())
        told.update({"any": bool(reasons), "any but unlike": bool({*reasons} - {"unlike"})})
        told.update(reasons)
    return told


def within(collection: Measured) -> Counter[str]:
    odd = odd_photos(collection)
    told = Counter(reason for one in odd for reason in one.reasons)
    return told + Counter(
        {"any": len(odd), "any but unlike": sum(one.reasons != ("unlike",) for one in odd)}
    )


def print_row(kind: str, photos: int, told: Counter[str]) -> None:
    shares = "".join(f"{100 * told[name] / photos:8.0f}" for name in COLUMNS)
    print(f"{kind:26}{photos:5}{shares}")


COLUMNS = ("any", "any but unlike", *(reason.code for reason in REASONS))


def kinds_of(
    faces: Sequence[Picture], regions: Sequence[str], seed: int = 1
) -> Iterator[tuple[str, list[Picture]]]:
    rng = np.random.default_rng(seed)
    of_face: dict[str, Callable[[Picture], Picture]] = {
        **{f"blurred by {share}%": lambda face, s=share: blurred(face, s / 100) for share in (0.4, 0.7, 1, 1.5)},  # type: ignore[misc]
        **{f"shaken by {share}%": lambda face, s=share: shaken(face, s / 100, rng) for share in (1, 2, 3)},  # type: ignore[misc]
        **{f"{stops:+} stops": lambda face, s=stops: exposed(face, s, rng) for stops in (-4, -3, -2, 1, 2, 3)},  # type: ignore[misc]
        "washed out": washed_out,
        "far away": lambda face: far_away(face, rng),
        "cartoon": cartoon,
    }  # fmt: skip
    for kind, make in of_face.items():
        yield kind, [make(face) for face in faces]
    yield "two faces", [beside(*pair) for pair in pairwise(faces)]
    yield "skin alone", [skin_alone(*each) for each in zip(faces, regions, strict=True)]
    for make_one in (flat_face, screenshot, landscape, texture):
        yield make_one.__name__.replace("_", " "), [make_one(rng) for _ in faces]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="face photos, beside them truth.csv; else faces are drawn",
    )
    parser.add_argument("--others", type=Path, help="photos of anything but one face")
    parser.add_argument("--each", type=int, default=40, help="photos of each kind")
    given = parser.parse_args()
    os.environ.update(MODEST)
    work_alone()
    with tempfile.TemporaryDirectory() as made:
        if not given.folder:
            write_collection(Path(made), people=60, seed=7)
        report(given.folder or Path(made) / "photos", given.each, given.others)


def report(folder: Path, each: int, others_folder: Path | None) -> None:
    with (folder.parent / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    own = [row for row in rows if row["region"]]
    photos = [opened(folder / row["file"]) for row in own]
    real = measured(photos)
    edited = measured([opened(folder / row["file"]) for row in rows if row["copy_of"]])
    drawn_faces = [draw_photo(person_of(1, number), 1, 0).image for number in range(1, 61)]
    drawn = measured(drawn_faces)
    print(f"{'percent called odd':26}{'':5}" + "".join(f"{name[:7]:>8}" for name in COLUMNS))
    print_row("as they are", len(real.ids), within(real))
    print_row("with edited copies", len(real.ids) + len(edited.ids), within(together(real, edited)))
    print_row("drawn with texture", len(drawn.ids), within(drawn))
    flat = measured([flat_face(np.random.default_rng(seed)) for seed in range(60)])
    print_row("drawn flat", len(flat.ids), within(flat))
    print("among these, one at a time:")
    print_row("drawn with texture", len(drawn.ids), each_added(real, drawn))
    step = max(1, len(photos) // each)
    for kind, made in kinds_of(photos[::step], [row["region"] for row in own[::step]]):
        print_row(kind, len(made), each_added(real, measured(made)))
    if others_folder:
        others = [opened(path) for path in sorted(others_folder.iterdir())]
        print_row("others", len(others), each_added(real, measured(others)))
    reduced = [photo.reduce(4) for photo in photos[:50]]
    started = time.process_time()
    for photo in reduced:
        checks_of(photo)
    print(
        f"{(time.process_time() - started) / len(reduced) * 1000:.1f} ms of a processor for each photo"
    )


def opened(path: Path) -> Picture:
    with Image.open(path) as image:
        return image.convert("RGB")


if __name__ == "__main__":
    main()
