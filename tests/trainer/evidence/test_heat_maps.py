"""Heat maps are the gradients that they claim to be, and their mass is where the evidence is."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.trainer.calls import call, one_line
from tests.trainer.conftest import awaken
from tests.trainer.each import each_architecture
from tests.trainer.tiny_exports import GREY, change_rows, draw_region, make_export
from trainer.archs import ARCHS, Architecture
from trainer.evidence.heat_maps import (
    Explanation,
    explain_examples,
    heat_maps,
    heat_maps_and_scores,
    last_maps,
    mass_in_region,
    mean_interval,
    region_mask,
    summarise_mass,
)
from trainer.evidence.overlay import draw_explanation
from trainer.exports.manifest import Export
from trainer.images.squares import squared
from trainer.networks.detector import Detector, build_detector, head_layers
from trainer.networks.inference import positive_scores
from trainer.report.sheets import augmentation_sheet, case_sheets, choose_cases
from trainer.run import FinishedRun

pytestmark = pytest.mark.usefixtures("tensorflow")

TRIANGLE = ((0.1, 0.2), (0.9, 0.2), (0.9, 0.8))


def some_pixels(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def awake_detector(arch: Architecture, size: int) -> Detector:
    import keras

    keras.utils.set_random_seed(1)
    detector = build_detector(arch, size)
    awaken(detector.network)
    return detector


def log_odds(head: list[np.ndarray], features: np.ndarray) -> np.ndarray:
    """The head once more, in NumPy and double precision."""
    *hidden, last = zip(head[::2], head[1::2], strict=True)
    for kernel, bias in hidden:
        features = np.maximum(features @ kernel + bias, 0)
    outputs = features @ last[0] + last[1]
    odds: np.ndarray = outputs[:, 1] - outputs[:, 0]
    return odds


def numeric_heat(detector: Detector, maps: np.ndarray) -> np.ndarray:
    """Grad-CAM of one photo by moving single numbers of its maps up and down."""
    head = [weights.astype(np.float64) for weights in detector.head.get_weights()]
    step, channels = 1e-5, maps.shape[-1]
    weights = np.zeros(channels)
    for row, column in np.ndindex(maps.shape[:2]):
        moved = np.zeros((channels, *maps.shape))
        moved[np.arange(channels), row, column, np.arange(channels)] = step
        up, down = ((maps + sign * moved).mean(axis=(1, 2)) for sign in (1, -1))
        weights += (log_odds(head, up) - log_odds(head, down)) / (2 * step)
    heat = np.maximum((maps * weights).sum(axis=-1), 0)
    scaled: np.ndarray = heat / heat.max()
    return scaled


def swap_classes(detector: Detector) -> None:
    *others, kernel, bias = detector.head.get_weights()
    detector.head.set_weights([*others, kernel[:, ::-1], bias[::-1]])


def test_a_map_is_the_gradient_found_by_finite_differences() -> None:
    detector = awake_detector(ARCHS["vgg16"], 64)
    pixels = some_pixels(8, 64)
    maps = last_maps(detector).predict_on_batch(pixels).astype(np.float64)
    if not heat_maps(detector, pixels).any():  # by the chance of a random head
        swap_classes(detector)
    heats = heat_maps(detector, pixels)
    warm = [place for place, heat in enumerate(heats) if heat.any()]
    assert warm
    for place in warm[:2]:
        np.testing.assert_allclose(heats[place], numeric_heat(detector, maps[place]), atol=1e-4)


def assert_maps_are_sound(arch: Architecture, size: int) -> None:
    detector = awake_detector(arch, size)
    pixels = some_pixels(6, size)
    heats, scores = heat_maps_and_scores(detector, pixels)
    np.testing.assert_allclose(scores, positive_scores(detector.model, pixels), atol=1e-5)
    swap_classes(detector)
    against = heat_maps(detector, pixels)
    assert heats.shape == against.shape
    assert heats.shape[0] == 6
    assert min(heats.shape[1:]) >= 2
    assert np.isfinite(heats).all()
    assert np.isfinite(against).all()
    # A random head may find no evidence at all for one class, but then for the other; what
    # speaks for one class speaks against the other.
    assert not (heats * against).any()
    both = np.maximum(heats, against)
    assert (both.max(axis=(1, 2)) == 1).all()
    assert (both.std(axis=(1, 2)) > 0).all()


def test_mobilenet_has_maps() -> None:
    assert_maps_are_sound(ARCHS["mobilenet"], 64)


@pytest.mark.slow
@each_architecture
def test_every_architecture_has_maps(arch: Architecture) -> None:
    import keras

    keras.backend.clear_session()
    assert_maps_are_sound(arch, 64 if arch.minimum_size == 32 else 128)


def redness_detector(size: int, cell: int) -> Detector:
    """A detector by hand: positive is what is redder than green, in cells of some pixels."""
    import keras

    network = keras.Sequential(
        [keras.Input((size, size, 3)), keras.layers.Conv2D(1, cell, cell, activation="relu")]
    )
    kernel = np.zeros((cell, cell, 3, 1))
    kernel[:, :, 0], kernel[:, :, 1] = 1 / cell**2, -1 / cell**2
    network.set_weights([kernel, np.zeros(1)])
    pixels = keras.Input((size, size, 3), dtype="uint8")
    maps = network(keras.layers.Rescaling(1 / 255)(pixels))
    features = keras.layers.GlobalAveragePooling2D(name="pooling")(maps)
    layers = head_layers()
    head = keras.Sequential([keras.Input((1,)), *layers])
    weights = [np.zeros_like(weight) for weight in head.get_weights()]
    for kernel in weights[::2]:
        kernel[0, -1 if kernel.shape[1] == 2 else 0] = 30.0
    head.set_weights(weights)
    model = keras.Model(pixels, head(features))
    return Detector(model, keras.Model(pixels, features), head, network)


def test_the_mass_is_in_the_corner_that_shows_the_sign() -> None:
    detector = redness_detector(64, 8)
    pixels = np.full((2, 64, 64, 3), 120, dtype=np.uint8)
    pixels[0, :16, 48:, 0] = 220
    corner = np.zeros((64, 64), dtype=bool)
    corner[:20, 44:] = True
    red, plain = heat_maps(detector, pixels)
    assert (red[:2, 6:] == 1).all()
    assert red.sum() == 4
    assert (mass_in_region(red, corner) or 0) > 0.95
    assert not plain.any()
    assert mass_in_region(plain, corner) is None


def test_a_photo_that_is_sure_still_has_a_map() -> None:
    detector = redness_detector(64, 8)
    pixels = np.zeros((1, 64, 64, 3), dtype=np.uint8)
    pixels[0, 16:32, 16:32, 0] = 255
    heats, scores = heat_maps_and_scores(detector, pixels)
    assert scores[0] == 1
    assert heats[0].sum() == 4


def test_an_even_map_has_the_mass_of_the_area() -> None:
    region = np.zeros((96, 96), dtype=bool)
    region[10:50, 30:80] = True
    assert mass_in_region(np.ones((3, 3)), region) == pytest.approx(region.mean())


@pytest.mark.parametrize("resize", ["pad", "stretch"])
@pytest.mark.parametrize("crop", [(200, 90), (70, 161), (33, 33)])
def test_a_region_is_squared_as_photos_are(crop: tuple[int, int], resize: str) -> None:
    width, height = crop
    corners = [(x * width, y * height) for x, y in ((0, 0), (1, 0.1), (0.6, 1))]
    whole = region_mask(corners, (0, 0, width, height), crop, 96, resize)
    drawn = region_mask(corners, (0, 0, width, height), crop, max(crop), "pad")
    left, top = (max(crop) - width) // 2, (max(crop) - height) // 2
    white = np.zeros((height, width, 3), dtype=np.uint8)
    white[drawn[top : top + height, left : left + width]] = 255
    square = squared(white, 96, resize, (1, 2, 3)).numpy()[..., 0]
    # Padding has the image's mean; elsewhere white is the region.
    sure = (square > 250) | (square < 5)
    assert sure.mean() > 0.3
    assert (whole[sure] == (square[sure] > 250)).mean() > 0.98
    assert whole[~sure].sum() < 0.05 * 96 * 96


def test_a_region_reaches_the_edges_of_its_crop() -> None:
    mask = region_mask(TRIANGLE, (0.1, 0.2, 0.9, 0.8), (80, 40), 80, "pad")
    assert not mask[:20].any()
    assert not mask[60:].any()
    assert mask[20, 40:].all()
    assert mask[:, 79].sum() == pytest.approx(40, abs=1)


def test_intervals_are_drawn_over_groups() -> None:
    values = np.array([0.2] * 10 + [0.8] * 10)
    alone = mean_interval(values, np.arange(20).astype(str))
    pairs = mean_interval(values, np.array(["a"] * 10 + ["b"] * 10))
    assert alone
    assert 0.2 < alone[0] < 0.5 < alone[1] < 0.8
    assert pairs == (0.2, 0.8)
    assert mean_interval(values, np.array(["a"] * 20)) is None


def explanation(heat: float, score: float = 0.5) -> Explanation:
    region = np.zeros((8, 8), dtype=bool)
    region[:, :4] = True
    pixels = np.zeros((8, 8, 3), dtype=np.uint8)
    return Explanation("0" * 16, "positive", "g", score, pixels, np.full((2, 2), heat), region)


def test_photos_without_heat_are_counted_and_left_out() -> None:
    summary = summarise_mass([explanation(1), explanation(0)])
    assert (summary.photos, summary.without_heat) == (2, 1)
    assert summary.mass == summary.area == pytest.approx(0.5)
    assert summary.interval is None
    assert summarise_mass([explanation(0)]).mass is None


def test_cases_are_best_barely_right_and_wrong() -> None:
    labels = [True, True, False, False, True, False]
    scores = [0.9, 0.6, 0.2, 0.95, 0.1, 0.45]
    assert choose_cases(labels, scores, 0.5, 2) == {
        "best": [0, 2],
        "worst": [5, 1],
        "wrong": [3, 4],
    }
    assert choose_cases([True], [0.9], 0.5, 3) == {"best": [0], "worst": [], "wrong": []}


def test_a_picture_shows_the_photo_and_the_map(export: Export, finished: FinishedRun) -> None:
    detector = build_detector(ARCHS["mobilenet"], 32)
    examples, fill = export.of_split("test"), export.crop.fill_rgb
    found = explain_examples(detector, examples, finished.config, fill)
    picture = draw_explanation(found[0])
    assert picture.size == (64, 32)
    assert (np.asarray(picture)[:, :32] == found[0].pixels).all()
    sheets = case_sheets(
        detector, examples, [x.score for x in found], 0.5, finished.config, fill, 3
    )
    assert set(sheets) == {"best", "worst", "wrong"}
    cards = [card for sheet in sheets.values() for card in sheet]
    assert len(cards) >= 4
    assert all(card.picture.startswith("data:image/jpeg;base64,/9j/") for card in cards)
    assert all("raters " in card.caption for card in cards)


def test_augmented_views_are_shown_beside_the_photo(export: Export, finished: FinishedRun) -> None:
    example, fill = export.examples[0], export.crop.fill_rgb
    cards = augmentation_sheet(example, finished.config, fill)
    assert [card.caption for card in cards] == ["as it is", "view 1", "view 2"]
    assert len({card.picture for card in cards}) == 3
    assert augmentation_sheet(example, finished.config, fill) == cards


def test_explain_writes_a_picture_and_a_row_per_test_photo(
    finished: FinishedRun, export: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "maps"
    assert call("explain", finished.path, "--data", export.path, "--out", out) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "They show faces" in told.out
    with (out / "explain.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["id"] for row in rows] == [x.id for x in export.of_split("test")]
    pictures = {path.stem for path in out.glob("*.jpg")}
    assert pictures == {row["id"] for row in rows}
    stored = (finished.path / "predictions.csv").read_text().splitlines()
    scores = {line.split(",")[0]: float(line.split(",")[-1]) for line in stored[1:]}
    for row in rows:
        assert float(row["score"]) == pytest.approx(scores[row["id"]], abs=1e-4)
        assert 0 <= float(row["mass_in_region"] or 0) <= 1
        assert float(row["area_share"]) == pytest.approx(0.3, abs=0.05)
    assert call("explain", finished.path, "--data", export.path, "--out", out) == 1
    assert "already exists" in one_line(capsys)


def test_explain_shows_single_photos(
    finished: FinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, out = tmp_path / "face.png", tmp_path / "maps"
    draw_region(True, 77, (200, 120)).save(photo)
    arguments = ("explain", finished.path, photo, photo, "--out", out)
    assert call(*arguments) == 2
    assert "0 regions for 2 photos" in capsys.readouterr().err
    assert call(*arguments, "--region", "900,900 950,900 950,950") == 1
    assert f"{photo}: the region lies outside" in one_line(capsys)
    assert not out.exists()
    assert call(*arguments, "--region", "20,10 180,10 180,110 20,110", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["mass"]["photos"]["photos"] == 2
    # 160 x 100 pixels padded to a square.
    assert told["mass"]["photos"]["area"] == pytest.approx(100 / 160, abs=0.02)
    assert Image.open(out / "001-face.jpg").size == (64, 32)
    assert (out / "002-face.jpg").is_file()


def test_explain_asks_for_the_runs_own_export(
    finished: FinishedRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CURATOR_INSTANCE", str(tmp_path))
    assert call("explain", finished.path) == 1
    assert "name its folder with --data" in one_line(capsys)
    other = make_export(tmp_path / "other")
    change_rows(other, lambda rows: rows.clear())
    assert call("explain", finished.path, "--data", other) == 1
    assert "the run was trained on malar-" in one_line(capsys)
    assert not (finished.path / "explain").exists()


def test_the_fill_of_an_export_is_no_heat_maps_and_scores() -> None:
    detector = redness_detector(64, 8)
    image = np.full((40, 40, 3), GREY, dtype=np.uint8)
    image[10:30, 10:30] = (150, 150, 120)
    square = squared(image, 64, "pad", GREY).numpy()
    assert not heat_maps(detector, square[np.newaxis]).any()
