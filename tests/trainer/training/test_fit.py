"""Training keeps the best epoch, shows random views, is the same for the same seed, and goes on where it stopped."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.conftest import TINY, awaken
from trainer.archs import ARCHS
from trainer.config import RunConfig, check_config
from trainer.networks.detector import Detector, build_detector
from trainer.networks.features import Features
from trainer.runs.history import HistoryRow
from trainer.training.checkpoints import Checkpoint
from trainer.training.fit import (
    Pixels,
    compile_classifier,
    evaluate,
    example_weights,
    fine_tune,
    one_hot,
    random_view_batches,
    train_head,
)

pytestmark = pytest.mark.usefixtures("tensorflow")


class Killed(Exception):
    """Stands for the power cut."""


def ignore(_: int) -> None:
    """Take the place of a progress bar."""


def killed_after(epochs: int) -> Callable[[int], None]:
    """Stop the training when a bar would have come to so many epochs."""
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if done >= epochs:
            raise Killed

    return advance


def easy_features(count: int, views: int, seed: int) -> Features:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    noise = generator.normal(0, 0.3, (count, views, 1024))
    return Features((noise + labels[:, None, None]).astype(np.float32), labels)


def easy_pixels(count: int, seed: int) -> Pixels:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    images = generator.integers(0, 150, (count, 32, 32, 3))
    return Pixels((images + 100 * labels[:, None, None, None]).astype(np.uint8), labels)


@pytest.fixture
def detector() -> Detector:
    return new_detector()


def new_detector() -> Detector:
    import keras

    keras.utils.set_random_seed(1)
    built = build_detector(ARCHS["mobilenet"], 32)
    awaken(built.network)
    return built


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / "phase.npz", every_s=0)


def test_every_epoch_shows_each_photo_once_in_one_of_its_views() -> None:
    count, views = 10, 4
    tagged = np.arange(count * views, dtype=np.float32).reshape(count, views, 1)
    labels = np.arange(count) % 2
    settings = replace(TINY, batch_size=4)
    used = set()
    for epoch in range(20):
        batches = list(random_view_batches(Features(tagged, labels), settings, epoch))
        shown, targets, _ = zip(*batches, strict=True)
        tags = np.concatenate(shown)[:, 0].astype(int)
        assert sorted(tags // views) == list(range(count))
        assert (np.concatenate(targets) == one_hot(labels[tags // views])).all()
        used |= set(tags.tolist())
    assert len(used) == count * views


def test_balanced_weights_let_both_classes_count_alike() -> None:
    labels = np.array([0, 0, 0, 1])
    weights = example_weights(labels, is_balanced=True)
    assert weights[labels == 0].sum() == pytest.approx(weights[labels == 1].sum())
    assert weights.sum() == pytest.approx(4)
    assert (example_weights(labels, is_balanced=False) == 1).all()


@pytest.mark.slow
def test_the_head_learns_and_the_best_epoch_is_kept(
    detector: Detector, checkpoint: Checkpoint
) -> None:
    train, val = easy_features(24, 3, seed=1), easy_features(12, 1, seed=2)
    statistics = [weight.numpy() for weight in detector.network.non_trainable_variables]
    history = train_head(detector, train, val, replace(TINY, epochs=6), checkpoint, ignore)
    assert [row.epoch for row in history] == [1, 2, 3, 4, 5, 6]
    best = min(history, key=lambda row: row.val_loss)
    assert [row for row in history if row.is_best] == [best]
    reached = evaluate(detector.head, val.clean, one_hot(val.labels))
    assert reached["cross_entropy"] == pytest.approx(best.val_loss, rel=1e-4)
    assert reached["accuracy"] > 0.9
    compile_classifier(detector.model, TINY, lr=0.1, steps=1)
    parts = evaluate(detector.model, easy_pixels(40, 1).images, one_hot(np.arange(40) % 2))
    whole = detector.model.evaluate(
        easy_pixels(40, 1).images, one_hot(np.arange(40) % 2), verbose=0, return_dict=True
    )
    assert parts["cross_entropy"] == pytest.approx(whole["cross_entropy"], rel=1e-4)
    after = [weight.numpy() for weight in detector.network.non_trainable_variables]
    assert statistics
    assert all((a == b).all() for a, b in zip(statistics, after, strict=True))


@pytest.mark.slow
def test_fine_tuning_moves_the_last_blocks_and_no_statistics(
    detector: Detector, checkpoint: Checkpoint
) -> None:
    before = {w.path: w.numpy().copy() for w in detector.network.weights}
    config = replace(TINY, fine_tune_epochs=2, fine_tune_lr=0.01)
    history = fine_tune(detector, easy_pixels(12, 1), easy_pixels(6, 2), config, checkpoint, ignore)
    assert [(row.phase, row.epoch) for row in history] == [("fine-tune", 1), ("fine-tune", 2)]
    moved = {w.path for w in detector.network.weights if (w.numpy() != before[w.path]).any()}
    assert any("conv_pw_13" in path for path in moved)
    assert not [path for path in moved if "_bn" in path or "conv_pw_5" in path]


def train_to_the_end(
    phase: str, file: Path, config: RunConfig, advance: Callable[[int], None]
) -> tuple[list[HistoryRow], list[np.ndarray]]:
    detector, checkpoint = new_detector(), Checkpoint(file, every_s=0)
    if phase == "head":
        train, val = easy_features(24, 3, seed=1), easy_features(12, 1, seed=2)
        history = train_head(detector, train, val, config, checkpoint, advance)
    else:
        pixels = easy_pixels(12, 1), easy_pixels(6, 2)
        history = fine_tune(detector, *pixels, config, checkpoint, advance)
    return history, detector.model.get_weights()


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["head", "fine-tune"])
@pytest.mark.parametrize("schedule", [pytest.param("constant", marks=pytest.mark.long), "cosine"])
def test_training_that_was_killed_goes_on_to_the_same_result(
    phase: str, schedule: str, tmp_path: Path
) -> None:
    config = check_config(
        {"arch": "mobilenet", "img_size": 32, "batch_size": 8, "epochs": 5, "lr": 0.01}
        | {"fine_tune_epochs": 5, "fine_tune_lr": 0.01, "schedule": schedule}
    )
    whole = train_to_the_end(phase, tmp_path / "whole.npz", config, ignore)
    with pytest.raises(Killed):
        train_to_the_end(phase, tmp_path / "cut.npz", config, killed_after(2))
    history, weights = train_to_the_end(phase, tmp_path / "cut.npz", config, ignore)
    assert history == whole[0]
    assert all((a == b).all() for a, b in zip(weights, whole[1], strict=True))
    again = train_to_the_end(phase, tmp_path / "cut.npz", config, ignore)
    assert again[0] == history


@pytest.mark.slow
def test_fine_tuning_that_only_harms_is_not_kept(
    detector: Detector, checkpoint: Checkpoint
) -> None:
    before = detector.model.get_weights()
    config = replace(TINY, fine_tune_epochs=3, fine_tune_lr=10.0)
    train, val = easy_pixels(12, 1), easy_pixels(6, 2)
    wrong = Pixels(train.images, 1 - train.labels)
    history = fine_tune(detector, wrong, val, config, checkpoint, ignore)
    assert len(history) == 3
    assert not [row for row in history if row.is_best]
    assert all((a == b).all() for a, b in zip(before, detector.model.get_weights(), strict=True))


def test_patience_ends_a_phase_early(detector: Detector, checkpoint: Checkpoint) -> None:
    train, val = easy_features(24, 3, seed=1), easy_features(12, 1, seed=2)
    wrong = Features(val.views, 1 - val.labels)
    config = replace(TINY, epochs=40, patience=2)
    history = train_head(detector, train, wrong, config, checkpoint, ignore)
    best = next(row.epoch for row in history if row.is_best)
    assert len(history) == best + 2 < 40


@pytest.mark.slow
def test_another_seed_gives_another_head(tmp_path: Path) -> None:
    train, val = easy_features(8, 2, seed=1), easy_features(4, 1, seed=2)
    kernels = []
    for number, seed in enumerate((1, 1, 2)):
        built = new_detector()
        config = replace(TINY, epochs=1, seed=seed)
        train_head(built, train, val, config, Checkpoint(tmp_path / f"{number}.npz"), ignore)
        kernels.append(built.head.get_weights()[0])
    assert (kernels[0] == kernels[1]).all()
    assert (kernels[0] != kernels[2]).any()
