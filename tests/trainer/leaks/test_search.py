"""Photos that repeat across splits are found by their pixels, and nothing else is taken for one."""

import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from tests.trainer.test_cli import start
from tests.trainer.tiny_exports import GREY, Row, change_rows, make_export, read_rows
from trainer.errors import LeakFound
from trainer.exports.reader import read_export
from trainer.leaks.cached import cached_leaks
from trainer.leaks.search import LEAST_CORRELATION, find_leaks, leak_text, refuse_leaks

SIZE = (240, 130)
CORNERS = np.array([(0, 20), (70, 30), (120, 0), (170, 30), (239, 20), (215, 115), (120, 90)])

MOVES = np.array([(9, 4), (-6, 3), (4, 5), (8, -4), (-10, 3), (6, -5), (-4, 5)])


def skin(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Draw a nose and two cheeks, alike in all faces, with the pores of this one."""
    generator = np.random.default_rng(seed)
    width, height = size
    columns, rows = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    nose = 25 * np.exp(-((columns / 0.2) ** 2 + (rows / 0.7) ** 2))
    pores = cv2.GaussianBlur(generator.normal(0, 24, (height, width)), (0, 0), 1.8)
    face: np.ndarray = (150 + nose + pores)[:, :, np.newaxis] + np.array([45.0, 0.0, -20.0])
    return face


def cut(pixels: np.ndarray, corners: np.ndarray = CORNERS) -> Image.Image:
    """Cut a region out, with the fill colour around it."""
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    inside = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(inside, [corners.round().astype(np.int32)], 255)
    filled = Image.composite(image, Image.new("RGB", image.size, GREY), Image.fromarray(inside))
    left, top = np.maximum(corners.min(axis=0), 0).astype(int)
    right, bottom = corners.max(axis=0).astype(int) + 1
    return filled.crop((left, top, min(right, image.width), min(bottom, image.height)))


def recompressed(image: Image.Image, quality: int = 60) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def add_photo(path: Path, image: Image.Image, split: str, fold: int = 0, photo: str = "") -> str:
    """Add a row and its file as if it were a photo of its own; return its id."""
    row: Row = dict(read_rows(path)[0])
    digest = hashlib.sha256(f"{split} {len(read_rows(path))}".encode()).hexdigest()
    file = f"{split}/positive/{digest[:16]}.png"
    image.save(path / file)
    row |= {"id": digest[:16], "file": file, "split": split, "label": "positive"}
    row |= {"group": digest, "pixel_sha256": photo or digest, "fold": str(fold)}
    row |= {"width_px": str(image.width), "height_px": str(image.height)}
    row["sha256"] = hashlib.sha256((path / file).read_bytes()).hexdigest()

    def add(rows: list[Row]) -> None:
        rows.append(row)
        rows.sort(key=lambda each: each["id"])

    change_rows(path, add)
    return row["id"]


@pytest.fixture
def export_path(tmp_path: Path) -> Path:
    return make_export(tmp_path / "export")


def test_an_export_of_different_photos_has_no_leak(export_path: Path) -> None:
    for seed, split in enumerate(("train", "train", "val", "test", "test")):
        add_photo(export_path, cut(skin(seed)), split)
    export = read_export(export_path)
    assert find_leaks(export) == []
    refuse_leaks(find_leaks(export))


EDITS: dict[str, Callable[[np.ndarray], Image.Image]] = {
    "mirrored and recompressed": lambda pixels: recompressed(ImageOps.mirror(cut(pixels))),
    "recompressed": lambda pixels: recompressed(cut(pixels), 50),
    "reduced": lambda pixels: cut(pixels).resize((140, 68), Image.Resampling.LANCZOS),
    "brighter": lambda pixels: ImageEnhance.Brightness(cut(pixels)).enhance(1.15),
    "of more contrast": lambda pixels: cut((pixels - 150) * 1.25 + 150),
    "warmer": lambda pixels: cut(pixels * [1.08, 1.0, 0.88]),
    "cropped": lambda pixels: cut(pixels).crop((14, 6, 228, 104)),
    "drawn by another hand": lambda pixels: cut(pixels, CORNERS + MOVES),
    "drawn as a rectangle": lambda pixels: cut(
        pixels, np.array([(5, 5), (235, 5), (235, 110), (5, 110)])
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_copy_in_another_split_is_found(
    export_path: Path, edit: Callable[[np.ndarray], Image.Image]
) -> None:
    planted = {
        add_photo(export_path, cut(skin(7)), "train"),
        add_photo(export_path, edit(skin(7)), "test"),
    }
    add_photo(export_path, cut(skin(8)), "val")
    (leak,) = find_leaks(read_export(export_path))
    assert {leak.first.id, leak.second.id} == planted
    assert LEAST_CORRELATION <= leak.correlation <= 1


def test_equal_pixels_are_found_even_without_any_texture(export_path: Path) -> None:
    flat = Image.new("RGB", (60, 40), (200, 150, 140))
    for split in ("train", "val"):
        add_photo(export_path, flat, split)
    (leak,) = find_leaks(read_export(export_path))
    assert leak.correlation == 1


def test_flat_regions_are_no_copies(export_path: Path) -> None:
    for split, red in (("train", 200), ("val", 210), ("test", 220)):
        add_photo(export_path, Image.new("RGB", (60, 40), (red, 150, 140)), split)
    assert find_leaks(read_export(export_path)) == []


def test_two_regions_of_one_photo_are_found_by_the_table(export_path: Path) -> None:
    whole = skin(3)
    for split, part in (("train", whole[:, :110]), ("test", whole[:, 130:])):
        image = Image.fromarray(part.clip(0, 255).astype(np.uint8))
        add_photo(export_path, image, split, photo="f" * 64)
    (leak,) = find_leaks(read_export(export_path))
    assert leak.correlation == 1


def test_copies_within_a_split_leak_nothing_unless_folds_are_asked_for(export_path: Path) -> None:
    for fold in (1, 3):
        add_photo(export_path, recompressed(cut(skin(4)), 60 + fold), "train", fold)
    export = read_export(export_path)
    assert find_leaks(export) == []
    with pytest.raises(LeakFound, match=r"in two folds: .* \(1\) and .* \(3\)|\(3\) and .* \(1\)"):
        refuse_leaks(find_leaks(export, "fold"), "fold")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path / "instance"))
    return tmp_path / "instance"


@pytest.mark.slow
def test_what_was_found_is_not_sought_again(
    export_path: Path, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_photo(export_path, cut(skin(7)), "train", fold=1)
    add_photo(export_path, recompressed(cut(skin(7))), "test", fold=1)
    export = read_export(export_path)
    first = cached_leaks(export)
    assert first == find_leaks(export)
    assert len(first) == 1
    with monkeypatch.context() as patch:
        patch.setattr("trainer.leaks.cached.find_leaks", lambda *_: pytest.fail("sought again"))
        assert cached_leaks(export) == first
        white = replace(export, crop=replace(export.crop, fill_rgb=(255, 255, 255)))
        with pytest.raises(pytest.fail.Exception, match="sought again"):
            cached_leaks(white)
    assert cached_leaks(export, "fold") == []
    with monkeypatch.context() as patch:
        other = tmp_path / "copies"
        other.mkdir()
        (other / "views.py").write_text("# changed")
        patch.setattr("copies.__path__", [str(other)])
        patch.setattr("trainer.leaks.cached.find_leaks", lambda *_: pytest.fail("sought again"))
        with pytest.raises(pytest.fail.Exception, match="sought again"):
            cached_leaks(export)
    add_photo(export_path, cut(skin(7)), "val")
    assert len(cached_leaks(read_export(export_path))) == 3
    for content in ("", "null", "{}", '{"leaks": [["gone", "gone", 1.0]]}'):
        for file in (instance / "cache" / "leaks").iterdir():
            file.write_text(content)
        assert cached_leaks(export) == first


def test_many_pairs_are_told_by_the_first_ten(export_path: Path) -> None:
    for split in ("train", "val", "test"):
        for _ in range(2):
            add_photo(export_path, cut(skin(5)), split)
    leaks = find_leaks(read_export(export_path))
    assert len(leaks) == 12
    assert leak_text(leaks).startswith("12 pairs show one photo in two splits: ")
    assert leak_text(leaks).count("similarity ") == 10
    assert leak_text(leaks).endswith("; and 2 more")


def test_a_planted_copy_stops_the_run_with_exit_code_3(export_path: Path, tmp_path: Path) -> None:
    trained = add_photo(export_path, cut(skin(6)), "train")
    tested = add_photo(export_path, recompressed(ImageOps.mirror(cut(skin(6)))), "test")
    arguments = ("run", "--arch", "mobilenet", "--weights", "none", "--data", export_path)
    done = start(*arguments, instance=tmp_path / "instance")
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"{trained} (train)" in done.stderr
    assert f"{tested} (test)" in done.stderr
    assert "search curator's gallery for a pair's ids" in done.stderr
    assert not (tmp_path / "instance" / "runs").exists()


@pytest.mark.slow
def test_accepted_leaks_are_told_and_trained_on(export_path: Path, tmp_path: Path) -> None:
    for split in ("train", "test"):
        add_photo(export_path, cut(skin(6)), split)
    small = ("--img-size", 32, "--views", 0, "--epochs", 1, "--json")
    arguments = ("run", "--arch", "mobilenet", "--weights", "none", "--data", export_path)
    done = start(*arguments, *small, "--accept-leaks", instance=tmp_path / "instance")
    assert done.returncode == 0
    assert "1 pair shows one photo in two splits" in done.stderr
    assert "Accepted: the scores will be too high" in done.stderr


def test_leaks_are_sought_without_tensorflow(export_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from trainer.leaks.search import find_leaks;"
        "from trainer.exports.reader import read_export;"
        f"print(find_leaks(read_export(Path({str(export_path)!r}))), 'tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "[] False\n"
