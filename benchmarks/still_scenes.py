"""Checks two photos of one person before the same scene: shown for decision, never verified as copies."""

import argparse
import csv
import io
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from copies.comparison import compare
from copies.views import picture
from demo.collection import write_collection

SIDE_PX = 1080
SHARES = (
    0.9,
    0.6,
    0.4,
    0.25,
)  # of the scene's width covered by the portrait; the face covers 0.6 of that
MOVED_PX = 3
QUALITY = 88


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="photos, truth.csv")
    parser.add_argument("--people", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        if not asked.folder:
            write_collection(folder, asked.people, seed=11)
        found = list(two_of_each(folder, asked.people))
    counted: Counter[tuple[float, str]] = Counter()
    for seed, (one, other) in enumerate(found):
        for share in SHARES:
            still = scene(seed)
            photos = before(still, one, share, 0), before(still, other, share, MOVED_PX)
            match = compare(*map(picture, photos))
            counted[share, "verified"] += match.is_verified
            counted[share, "shown"] += match.is_possible
    print(f"{'portrait':>10}{'pairs':>7}{'shown':>7}{'verified':>10}")
    for share in SHARES:
        shown, verified = counted[share, "shown"], counted[share, "verified"]
        print(f"{share:>10.0%}{len(found):>7}{shown:>7}{verified:>10}")


def two_of_each(folder: Path, most: int) -> Iterator[tuple[Image.Image, Image.Image]]:
    """Yield two photos of each person who has at least two."""
    photos: dict[str, list[Path]] = defaultdict(list)
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["copy_of"]:
                photos[row["person"]].append(folder / "photos" / row["file"])
    pairs = [paths[:2] for paths in photos.values() if len(paths) > 1]
    for first, second in pairs[:most]:
        with Image.open(first) as one, Image.open(second) as other:
            yield one.convert("RGB"), other.convert("RGB")


def scene(seed: int) -> Image.Image:
    """Draw a scene with shapes and detail everywhere."""
    rng = np.random.default_rng(seed)
    coarse, fine = (
        Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).resize(
            (SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC
        )
        for side in (60, 240)
    )
    return Image.blend(coarse, fine, 0.35)


def before(still: Image.Image, person: Image.Image, share: float, moved_px: int) -> Image.Image:
    """Put a person's face in front of a scene and recompress as JPEG."""
    side = min(person.size)
    left = (person.width - side) // 2
    size = round(SIDE_PX * share)
    face = person.crop((left, 0, left + side, side)).resize((size, size), Image.Resampling.LANCZOS)
    mask = Image.new("L", face.size, 0)
    oval = size * 0.2, size * 0.05, size * 0.8, size * 0.95
    ImageDraw.Draw(mask).ellipse(oval, fill=255)
    photo = still.copy()
    place = SIDE_PX // 2 - size // 2 + moved_px, SIDE_PX - size
    photo.paste(face, place, mask.filter(ImageFilter.GaussianBlur(size / 50)))
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=QUALITY)
    return Image.open(buffer)


if __name__ == "__main__":
    main()
