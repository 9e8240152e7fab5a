"""What leaks the label beside the rash raises the alarm, and nothing else does."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.trainer.tiny_exports import Row, change_rows, make_export, read_rows, write_export
from trainer.evidence.confounder_features import (
    BLANKED,
    FILE_FACTS,
    MEAN_COLOUR,
    SEX,
    SEX_AND_SOURCE,
    SHAPE,
)
from trainer.evidence.confounders import ConfounderResult, compare_with_confounders, fit_confounders
from trainer.exports.manifest import Export
from trainer.exports.reader import read_export

GROUPS = 72
REGION = "0.000000,0.000000 1.000000,0.000000 1.000000,1.000000 0.000000,1.000000"
NARROW = "0.000000,0.000000 1.000000,0.500000 0.000000,1.000000"


def drawn(folder: Path, change: Callable[[Row], None] = lambda row: None) -> Export:
    """Draw an export in which nothing but the region's colour tells the label, then change it."""
    path = make_export(folder / "export", GROUPS)

    def each(rows: list[Row]) -> None:
        for row in rows:
            row["region"] = REGION
            row["sex"] = ("female", "male")[int(row["group"][1:]) // 2 % 2]
            change(row)

    change_rows(path, each)
    return read_export(path)


def compared(export: Export, network: np.ndarray | None = None) -> dict[str, ConfounderResult]:
    """Compare a network, by default one that never errs, with all confounders on test."""
    tested = np.array([example.split == "test" for example in export.examples])
    labels = np.array([example.is_positive for example in export.examples])
    groups = np.array([example.group for example in export.examples])
    scores = labels.astype(float) if network is None else network
    found = {
        name: None if each is None else each[tested]
        for name, each in fit_confounders(export).items()
    }
    return {
        each.name: each
        for each in compare_with_confounders(labels[tested], groups[tested], scores[tested], found)
    }


def redrawn(export: Export, change: Callable[[Image.Image, str], Image.Image]) -> Export:
    """Change the pictures by their labels, in an export that keeps surroundings."""
    rows = read_rows(export.path)
    for row in rows:
        file = export.path / row["file"]
        with Image.open(file) as image:
            changed = change(image.convert("RGB"), row["label"])
        changed.save(file)
        row["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    crop = {"mode": "box", "fill_rgb": [128, 128, 128], "max_side_px": 512}
    write_export(export.path, rows, crop=crop)
    return read_export(export.path)


def alarms(export: Export) -> set[str]:
    return {name for name, each in compared(export).items() if each.is_close}


def test_nothing_is_close_where_only_a_pattern_tells_the_label(tmp_path: Path) -> None:
    export = drawn(tmp_path)
    generator = np.random.default_rng(4)

    def halves(_image: Image.Image, label: str) -> Image.Image:
        pixels = generator.normal(150, 6, (30, 48, 3)) + generator.normal(0, 15)
        side = 20 if label == "positive" else -20
        pixels[:, :24] += side
        pixels[:, 24:] -= side
        return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))

    found = compared(redrawn(export, halves))
    assert set(found) == {FILE_FACTS, SEX, SEX_AND_SOURCE, SHAPE, BLANKED, MEAN_COLOUR}
    assert {name for name, each in found.items() if each.is_close} == set()
    assert "is clearly better" in found[MEAN_COLOUR].text


def test_positives_from_one_hashtag_raise_the_alarm(tmp_path: Path) -> None:
    def by_label(row: Row) -> None:
        row["source"] = "#butterflyrash" if row["label"] == "positive" else "#selfie"

    found = compared(drawn(tmp_path, by_label))
    for name in (FILE_FACTS, SEX_AND_SOURCE):
        assert found[name].is_close
        assert found[name].confounder_auc == 1
    assert not found[SEX].is_close
    assert "is not clearly better" in found[SEX_AND_SOURCE].text
    assert "(ROC AUC 1.00, 95% interval 0.74 to 1.00)" in found[SEX_AND_SOURCE].text
    assert "how the photos were collected" in found[SEX_AND_SOURCE].text


def test_a_sex_that_goes_with_the_label_raises_the_alarm(tmp_path: Path) -> None:
    def by_label(row: Row) -> None:
        row["sex"] = "female" if row["label"] == "positive" else "male"

    assert {SEX, SEX_AND_SOURCE} <= alarms(drawn(tmp_path, by_label))


def test_an_outline_that_goes_with_the_label_raises_the_alarm(tmp_path: Path) -> None:
    def by_label(row: Row) -> None:
        row["region"] = REGION if row["label"] == "positive" else NARROW

    found = alarms(drawn(tmp_path, by_label))
    assert SHAPE in found
    assert SEX not in found


def test_a_mean_colour_is_warned_of_in_its_own_words(tmp_path: Path) -> None:
    found = compared(drawn(tmp_path))[MEAN_COLOUR]
    assert found.confounder_auc > 0.9
    assert found.is_close
    assert "no pattern of a rash was needed" in found.text


def blue_frame(image: Image.Image, label: str) -> Image.Image:
    if label == "negative":
        return image
    framed = Image.new("RGB", image.size, (40, 60, 200))
    framed.paste(image.crop((6, 6, image.width - 6, image.height - 6)), (6, 6))
    return framed


def test_surroundings_are_seen_where_the_export_keeps_them(tmp_path: Path) -> None:
    def inner(row: Row) -> None:
        row["region"] = "0.500000,0.000000 1.000000,0.500000 0.500000,1.000000 0.000000,0.500000"

    export = drawn(tmp_path, inner)
    assert fit_confounders(export)[BLANKED] is None
    found = compared(redrawn(export, blue_frame))
    assert found[BLANKED].confounder_auc > 0.95
    assert found[BLANKED].is_close


def test_the_blanked_region_itself_is_not_seen(tmp_path: Path) -> None:
    def whole(row: Row) -> None:
        row["region"] = REGION

    export = drawn(tmp_path, whole)
    found = compared(redrawn(export, lambda image, _: image))
    assert found[BLANKED].confounder_auc == 0.5
    assert not found[BLANKED].is_close


def test_compression_that_goes_with_the_label_is_among_the_files_facts(tmp_path: Path) -> None:
    def recompressed(image: Image.Image, label: str) -> Image.Image:
        if label == "negative":
            return image
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=15)
        return Image.open(buffer).convert("RGB")

    export = drawn(tmp_path)
    assert FILE_FACTS in alarms(redrawn(export, recompressed))


def test_confounders_are_the_same_at_each_call(tmp_path: Path) -> None:
    export = drawn(tmp_path)
    first, second = fit_confounders(export), fit_confounders(export)
    for name, scores in first.items():
        assert scores is None or np.array_equal(scores, np.asarray(second[name]))


def test_the_test_split_does_not_teach_a_confounder(tmp_path: Path) -> None:
    def in_test_only(row: Row) -> None:
        if row["split"] == "test":
            row["source"] = "#butterflyrash" if row["label"] == "positive" else "#selfie"

    assert SEX_AND_SOURCE not in alarms(drawn(tmp_path, in_test_only))


def test_a_network_no_better_than_chance_is_not_clearly_better_than_anything() -> None:
    generator = np.random.default_rng(0)
    labels, groups = np.arange(60) % 2 == 1, np.arange(60).astype(str)
    (found,) = compare_with_confounders(
        labels, groups, generator.random(60), {SEX: generator.random(60)}
    )
    assert found.is_close


@pytest.mark.parametrize(("share", "is_close"), [(0.9, True), (0.5, False)])
def test_a_confounder_is_close_from_three_quarters_on(share: float, is_close: bool) -> None:
    comparison = ConfounderResult(
        name=SEX,
        network_auc=0.9,
        confounder_auc=0.5 + share * 0.4,
        network_interval=(0.8, 1.0),
        confounder_interval=(0.4, 0.9),
        difference=(0.01, 0.3),
    )
    assert comparison.is_close == is_close


def test_a_difference_that_reaches_zero_is_close() -> None:
    comparison = ConfounderResult(SEX, 0.9, 0.6, (0.8, 1.0), (0.4, 0.9), (-0.01, 0.5))
    assert comparison.is_close


def test_one_class_alone_compares_nothing() -> None:
    ones = np.ones(8, dtype=bool)
    assert compare_with_confounders(ones, np.arange(8), np.ones(8), {SEX: np.ones(8)}) == []
