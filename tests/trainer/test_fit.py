"""Training keeps the best epoch, shows random views, and is the same for the same seed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.conftest import TINY, awaken
from trainer.archs import ARCHS
from trainer.config import RunConfig
from trainer.features import Features, compute_features
from trainer.fit import fine_tune, one_hot, random_view_batches, train_head
from trainer.manifest import Export
from trainer.model import Detector, build_detector
from trainer.run import FinishedRun, train_run

pytestmark = pytest.mark.usefixtures("tensorflow")


def ignore(_: int) -> None:
    """Take the place of a progress bar."""


def easy_features(count: int, views: int, seed: int) -> Features:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    noise = generator.normal(0, 0.3, (count, views, 1024))
    return Features((noise + labels[:, None, None]).astype(np.float32), labels)


@pytest.fixture
def detector() -> Detector:
    import keras

    keras.utils.set_random_seed(1)
    built = build_detector(ARCHS["mobilenet"], 32)
    awaken(built.network)
    return built


def test_features_are_those_of_the_extractor(detector: Detector, export: Export) -> None:
    val = export.of_split("val")
    seen: list[int] = []
    features = compute_features(detector, val, TINY, (128, 128, 128), 2, seen.append)
    assert features.views.shape == (len(val), 3, 1024)
    assert sum(seen) == 3 * len(val)
    assert features.labels.tolist() == [int(example.is_positive) for example in val]
    alone = compute_features(detector, val, TINY, (128, 128, 128), 0, ignore)
    np.testing.assert_allclose(features.clean, alone.clean, atol=1e-5)


def test_every_pass_shows_each_photo_once_in_one_of_its_views() -> None:
    count, views = 10, 4
    tagged = np.arange(count * views, dtype=np.float32).reshape(count, views, 1)
    labels = np.arange(count) % 2
    batches = random_view_batches(Features(tagged, labels), replace(TINY, batch_size=4))
    used = set()
    for _ in range(20):
        shown, targets = zip(*(next(batches) for _ in range(3)), strict=True)
        tags = np.concatenate(shown)[:, 0].astype(int)
        assert sorted(tags // views) == list(range(count))
        assert (np.concatenate(targets) == one_hot(labels[tags // views])).all()
        used |= set(tags.tolist())
    assert len(used) == count * views


def test_the_head_learns_and_the_best_epoch_is_kept(detector: Detector) -> None:
    train, val = easy_features(24, 3, seed=1), easy_features(12, 1, seed=2)
    config = replace(TINY, epochs=6)
    history = train_head(detector, train, val, config, ignore)
    assert [row.epoch for row in history] == [1, 2, 3, 4, 5, 6]
    best = min(history, key=lambda row: row.val_loss)
    assert [row for row in history if row.is_best] == [best]
    loss, accuracy = detector.head.evaluate(val.clean, one_hot(val.labels), verbose=0)
    assert loss == pytest.approx(best.val_loss, rel=1e-4)
    assert accuracy > 0.9


def test_fine_tuning_moves_the_last_blocks_and_no_statistics(
    detector: Detector, export: Export
) -> None:
    before = {w.path: w.numpy().copy() for w in detector.network.weights}
    config = replace(TINY, fine_tune_epochs=2, fine_tune_lr=0.01)
    train, val = export.of_split("train"), export.of_split("val")
    history = fine_tune(detector, train, val, config, export.crop.fill_rgb, ignore)
    assert [(row.phase, row.epoch) for row in history] == [("fine-tune", 1), ("fine-tune", 2)]
    moved = {w.path for w in detector.network.weights if (w.numpy() != before[w.path]).any()}
    assert any("conv_pw_13" in path for path in moved)
    assert not [path for path in moved if "_bn" in path or "conv_pw_5" in path]


def test_the_same_seed_gives_the_same_predictions(
    config: RunConfig, export: Export, tmp_path: Path, finished: FinishedRun
) -> None:
    again = train_run(config, export, tmp_path / "again")
    first = (finished.path / "predictions.csv").read_text()
    assert (again.path / "predictions.csv").read_text() == first


def test_another_seed_gives_another_head() -> None:
    import keras

    train, val = easy_features(8, 2, seed=1), easy_features(4, 1, seed=2)
    kernels = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        built = build_detector(ARCHS["mobilenet"], 32)
        train_head(built, train, val, replace(TINY, epochs=1, seed=seed), ignore)
        kernels.append(built.head.get_weights()[0])
    assert (kernels[0] == kernels[1]).all()
    assert (kernels[0] != kernels[2]).any()
