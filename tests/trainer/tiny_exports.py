"""Draws tiny exports that keep the contract of docs/manifest.md, and breaks them on request."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HEADER = (
    "id,file,split,fold,label,sex,evidence,raters,group,source,"
    "width_px,height_px,region,sha256,pixel_sha256,phash"
)
GREY = (128, 128, 128)
SPLIT_OF_GROUP = ("train", "train", "train", "val", "test", "test")

Row = dict[str, str]


def draw_region(is_positive: bool, seed: int, size: tuple[int, int] = (48, 30)) -> Image.Image:
    """Draw skin in a grey frame; a positive one has red cheeks."""
    generator = np.random.default_rng(seed)
    width, height = size
    pixels = np.full((height, width, 3), GREY, dtype=np.float64)
    skin = np.array([200.0, 160.0, 140.0]) * generator.uniform(0.6, 1.1)
    pixels[2:-2, 2:-2] = skin + generator.normal(0, 6, (height - 4, width - 4, 3))
    if is_positive:
        pixels[6:-6, 6:18] += (45, -35, -30)
        pixels[6:-6, -18:-6] += (45, -35, -30)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_export(path: Path, groups: int = 12) -> Path:
    """Write an export of two photos per group; every split has both classes."""
    rows = [_write_photo(path, group, photo) for group in range(groups) for photo in range(2)]
    write_export(path, sorted(rows, key=lambda row: row["id"]))
    return path


def write_export(path: Path, rows: list[Row], **changed: Any) -> None:
    """Write dataset.json and examples.csv for rows whose images are there."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, HEADER.split(","), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (path / "examples.csv").write_text(buffer.getvalue(), encoding="utf-8")
    write_description(path, **changed)


def write_description(path: Path, **changed: Any) -> None:
    """Write a dataset.json that fits examples.csv, but for what is changed on purpose."""
    settings: dict[str, Any] = {
        "classes": ["negative", "positive"],
        "crop": {"mode": "mask", "fill_rgb": list(GREY), "max_side_px": 512},
        "split": {"ratios": {"train": 50, "val": 20, "test": 30}, "folds": 5, "seed": 1},
        "min_evidence": "hashtag",
    }
    settings |= {key: value for key, value in changed.items() if key in (*settings, "attributes")}
    compact = json.dumps(settings, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(compact + b"\n" + (path / "examples.csv").read_bytes()).hexdigest()
    described = {
        **settings,
        "manifest_version": 1,
        "name": f"malar-{digest[:12]}",
        "positive_class": "positive",
        "content_hash": digest,
        "counts": {},
        "counts_by_sex": {},
        "left_out": {},
    } | changed
    text = json.dumps(described, sort_keys=True, indent=2)
    (path / "dataset.json").write_text(text + "\n", encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """Read examples.csv as written."""
    with (path / "examples.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def change_rows(path: Path, change: Callable[[list[Row]], None]) -> None:
    """Change rows and make the hash fit again, so that only the change is wrong."""
    rows = read_rows(path)
    change(rows)
    write_export(path, rows)


def _write_photo(path: Path, group: int, photo: int) -> Row:
    label = "positive" if group % 2 else "negative"
    split = SPLIT_OF_GROUP[(group // 2) % len(SPLIT_OF_GROUP)]
    image = draw_region(group % 2 == 1, seed=group * 2 + photo)
    pixels = hashlib.sha256(image.tobytes()).hexdigest()
    file = f"{split}/{label}/{pixels[:16]}.png"
    (path / file).parent.mkdir(parents=True, exist_ok=True)
    image.save(path / file)
    return {
        "id": pixels[:16],
        "file": file,
        "split": split,
        "fold": str(group % 5),
        "label": label,
        "sex": "female" if group % 4 < 2 else "male",
        "evidence": "visual",
        "raters": "1",
        "group": f"g{group:03}",
        "source": "#butterflyrash",
        "width_px": str(image.width),
        "height_px": str(image.height),
        "region": "0.100000,0.100000 0.900000,0.100000 0.900000,0.900000",
        "sha256": hashlib.sha256((path / file).read_bytes()).hexdigest(),
        "pixel_sha256": pixels,
        "phash": "0" * 16,
    }
