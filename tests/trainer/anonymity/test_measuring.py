"""The command finds persons of an export again by their faces, counts no copies, and promises nothing."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.trainer.calls import call, one_line
from tests.trainer.conftest import awaken
from tests.trainer.leaks.test_search import cut, recompressed, skin
from tests.trainer.tiny_exports import Row, make_export, read_rows, write_export
from trainer.anonymity.conditions import SEEN, condition_features
from trainer.anonymity.measuring import measure_anonymity
from trainer.anonymity.networks import networks_at_hand
from trainer.anonymity.persons import find_portraits
from trainer.archs import ARCHS
from trainer.cli.anonymity import anonymity_text
from trainer.errors import PersonsTooFew, WeightsUnavailable
from trainer.exports.manifest import Export
from trainer.exports.reader import read_export
from trainer.networks.loading import build_network

PERSONS = 20
Draw = Callable[[int, int], Image.Image]  # of a person's number and the photo's


@pytest.fixture(scope="module")
def weights(tensorflow: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as users keep it: one network, and files that are none of the trainer's."""
    folder = tmp_path_factory.mktemp("weights")
    network = build_network(ARCHS["mobilenet"], 224)
    awaken(network)
    network.save_weights(folder / "mobilenet_no_top.weights.h5")
    (folder / "mobilenet_v2_no_top.h5").write_text("another network")
    (folder / "README.md").write_text("where they are from")
    return folder


def rows_of(path: Path, draw: Draw, persons: int, photos: int) -> Iterator[Row]:
    first = read_rows(path)[0]
    for person in range(persons):
        for photo in range(photos):
            image = draw(person, photo)
            digest = hashlib.sha256(f"{person} {photo}".encode()).hexdigest()
            file = f"train/positive/{digest[:16]}.png"
            image.save(path / file)
            exported = hashlib.sha256((path / file).read_bytes()).hexdigest()
            row = first | {"id": digest[:16], "file": file, "sha256": exported, "fold": "0"}
            row |= {"split": "train", "label": "positive", "group": f"g{person:03}"}
            row |= {"pixel_sha256": digest, "source": f"#tag{photo}"}
            row |= {"width_px": str(image.width), "height_px": str(image.height)}
            yield row


def draw_export(path: Path, draw: Draw, persons: int = PERSONS, photos: int = 2) -> Path:
    """Write an export of persons with some photos each, all in one split."""
    make_export(path)
    rows = rows_of(path, draw, persons, photos)
    write_export(path, sorted(rows, key=lambda row: row["id"]))
    return path


def striped(person: int, seed: int) -> Image.Image:
    """Draw a face of stripes and spots: only the stripes' direction and width are the person's own."""
    generator = np.random.default_rng(seed)
    columns, rows = np.meshgrid(np.arange(120), np.arange(80))
    turn, width = np.pi * (person % 5) / 5, 4 + 3 * (person // 5)
    along = np.cos(turn) * columns + np.sin(turn) * rows
    stripes = 40 * np.sign(np.sin(2 * np.pi * (along / width + generator.uniform())))
    spots = 6 * cv2.GaussianBlur(generator.normal(0, 24, (80, 120)), (0, 0), 3)
    face = (150 + stripes + spots)[:, :, np.newaxis] + np.array([40.0, 0.0, -20.0])
    return Image.fromarray(face.clip(0, 255).astype(np.uint8))


def same_person(person: int, photo: int) -> Image.Image:
    return striped(person, 100 * person + photo)


def any_person(person: int, photo: int) -> Image.Image:
    generator = np.random.default_rng(100 * person + photo)
    return striped(int(generator.integers(PERSONS)), 100 * person + photo)


def test_persons_are_found_by_the_network_and_not_by_their_colours(
    tmp_path: Path, weights: Path
) -> None:
    export = read_export(draw_export(tmp_path / "export", same_person))
    done = measure_anonymity(export, networks_at_hand(weights))
    assert (done.all.persons, done.all.regions, done.all.among, done.copies) == (PERSONS, 40, 39, 0)
    assert done.all.chance[1] == pytest.approx(1 / 39)
    assert done.all.best.name == "mobilenet"
    assert done.all.best.found.shares[1] > 0.5
    assert done.is_above_chance
    assert done.p < 0.001
    assert done.beyond_interval is not None
    assert done.beyond_interval[0] > 0
    assert done.across_sources is not None
    told = anonymity_text(done)
    assert "Best network: mobilenet" in told
    assert "mobilenet finds clearly more" in told
    assert "lower bound" in told
    assert "Only photos from another source count: 20 persons, 40 regions." in told
    assert "gives them away, too" not in told
    told = anonymity_text(replace(done, p=0.4, across_sources=None))
    assert "That proves nothing" in told
    assert "Too few persons have photos from two sources" in told
    assert "No result says that an export is anonymous" in told


def test_persons_at_random_are_found_by_chance(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = draw_export(tmp_path / "export", any_person)
    assert call("anonymity", path, "--weights", weights, "--json") == 0
    done = json.loads(capsys.readouterr().out)
    low, high = done["all"]["networks"][0]["found"]["interval"]
    assert low <= done["all"]["chance"]["1"] <= high
    assert not done["is_above_chance"]
    assert done["is_lower_bound"]


def test_surroundings_are_sought_with_where_they_are_exported(export: Export) -> None:
    for mode, is_told in (("mask", False), ("box", True)):
        seen = condition_features(export.examples, replace(export.crop, mode=mode))
        assert ("surroundings" in seen) == is_told
        assert {len(rows) for rows in seen.values()} == {len(export.examples)}
        assert seen.keys() <= SEEN.keys()


def test_copies_of_one_photo_are_no_second_photo(tmp_path: Path) -> None:
    """Of 11 persons, one has an edited copy in place of a second photo."""

    def draw(person: int, photo: int) -> Image.Image:
        if person == 0:
            return recompressed(cut(skin(0))) if photo else cut(skin(0))
        return cut(skin(100 * person + photo))

    portraits = find_portraits(read_export(draw_export(tmp_path / "export", draw, persons=11)))
    assert (portraits.persons, portraits.regions, portraits.copies) == (10, 20, 1)
    assert len(portraits.examples) == 21
    with pytest.raises(PersonsTooFew, match=r"^9 persons of this export have"):
        find_portraits(read_export(draw_export(tmp_path / "small", draw, persons=10)))


def test_a_third_photo_counts_beside_a_copy(tmp_path: Path) -> None:
    def draw(person: int, photo: int) -> Image.Image:
        shown = skin(100 * person + photo // 2)
        return recompressed(cut(shown)) if photo == 1 else cut(shown)

    path = draw_export(tmp_path / "export", draw, persons=10, photos=3)
    portraits = find_portraits(read_export(path))
    assert (portraits.persons, portraits.regions, portraits.copies) == (10, 20, 10)


def test_lone_persons_are_told_of_in_one_line(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = draw_export(tmp_path / "export", same_person, photos=1)
    assert call("anonymity", path, "--weights", weights) == 1
    told = one_line(capsys)
    assert "0 persons of this export have two photos" in told
    assert "no sign that it is anonymous" in told


def test_missing_exports_networks_and_weights_are_told_of_in_one_line(
    tmp_path: Path, export_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("anonymity", tmp_path) == 1
    assert "there is no export" in one_line(capsys)
    assert call("anonymity", export_path, "--weights", tmp_path) == 1
    assert "of any network" in one_line(capsys)
    asked = ("anonymity", export_path, "--weights", weights, "--arch")
    assert call(*asked, "xception") == 1
    assert "of xception" in one_line(capsys)
    assert call(*asked, "facenet") == 2
    assert "unknown architecture" in one_line(capsys)


KERAS_NAMES = {
    "resnet50": "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "inception_resnet_v2": "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "inception_v3": "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "densenet121": "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "xception": "xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "nasnet_large": "nasnet_large_no_top.h5",
    "vgg16": "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "mobilenet": "mobilenet_1_0_224_tf_no_top.h5",
    "efficientnet_v2_b0": "efficientnetv2-b0_notop.h5",
}


def test_the_files_that_keras_downloads_are_known_by_their_names(tmp_path: Path) -> None:
    for name in KERAS_NAMES.values():
        (tmp_path / name).touch()
    for other in ("resnet50v2_notop.h5", "vgg16_weights_tf_dim_ordering_tf_kernels.h5"):
        (tmp_path / other).touch()
    found = networks_at_hand(tmp_path)
    assert {name: file.name for name, file in found.items()} == KERAS_NAMES
    assert KERAS_NAMES.keys() == ARCHS.keys()


def test_a_file_that_holds_no_weights_is_named(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/mobilenet_no_top.h5").write_text("hello")
    path = draw_export(tmp_path / "export", same_person, persons=10)
    assert call("anonymity", path, "--weights", tmp_path / "weights") == 1
    told = one_line(capsys)
    assert "mobilenet_no_top.h5 does not contain weights of mobilenet" in told
    assert "--arch" in told


def test_weights_of_a_later_version_are_not_those_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "mobilenet_v2_weights_no_top.h5").touch()
    with pytest.raises(WeightsUnavailable):
        networks_at_hand(tmp_path)
