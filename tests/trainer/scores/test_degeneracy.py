"""A detector that fails is named as one, with evidence; a weak one that works is not."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.trainer.predictions import prediction
from trainer.runs.predictions import Prediction
from trainer.scores.degeneracy import AT_CHANCE, EQUAL_SCORES, describe_degeneracy
from trainer.scores.metrics import measure_run

SPLITS = ("train", "train", "val", "test")


def detector(scores: Sequence[float], prevalence: float = 0.5) -> list[Prediction]:
    """Predictions of photos that are a group each; the first of every ten are positive."""
    return [
        prediction(at // 4 % 10 < 10 * prevalence, score, f"g{at}", split=SPLITS[at % 4])
        for at, score in enumerate(scores)
    ]


def noisy(count: int, distance: float, seed: int = 1, spread: float = 1.0) -> list[Prediction]:
    """Scores that labels move by `distance` standard deviations of their logit."""
    noise = np.random.default_rng(seed).normal(size=count)
    shift = np.array([one.is_positive - 0.5 for one in detector([0.5] * count)])
    logits = spread * (noise + distance * shift)
    return detector((1 / (1 + np.exp(-logits))).tolist())


def kind_of(predictions: Sequence[Prediction]) -> str | None:
    found = describe_degeneracy(predictions)
    return found["kind"] if found else None


@pytest.mark.parametrize("score", [0.0, 0.5, 0.50000030, 1.0])
def test_one_score_for_all_photos_is_no_detector(score: float) -> None:
    assert kind_of(detector([score] * 40)) == EQUAL_SCORES
    rounded = detector([score + (1e-7 if at % 3 and score < 1 else 0) for at in range(40)])
    found = describe_degeneracy(rounded)
    assert found == {
        "kind": EQUAL_SCORES,
        "reason": f"all 40 photos have the same score, {score:.3f}.",
    }


def test_scores_that_know_nothing_of_the_label_are_at_chance() -> None:
    found = describe_degeneracy(noisy(400, 0.0))
    assert found is not None
    assert found["kind"] == AT_CHANCE
    assert "on the 200 validation and test photos its loss is" in found["reason"]
    assert "and 0.50 by chance" in found["reason"]


def test_the_share_of_positives_repeated_with_noise_is_at_chance() -> None:
    noise = np.random.default_rng(3).normal(0, 1e-3, 400)
    assert kind_of(detector((0.3 + noise).tolist(), prevalence=0.3)) == AT_CHANCE


def test_a_weak_detector_is_none_that_failed() -> None:
    found = [kind_of(noisy(240, 0.9, seed)) for seed in range(10)]
    assert found == [None] * 10


def test_scores_close_together_that_rank_well_are_no_failure() -> None:
    assert kind_of(noisy(48, 3.0, spread=1e-4)) is None


def test_a_detector_that_is_too_sure_but_ranks_well_is_no_failure() -> None:
    assert kind_of(noisy(240, 1.5, spread=20.0)) is None


def test_one_class_alone_cannot_tell_chance() -> None:
    rows = [one for one in noisy(80, 0.0) if one.is_positive or one.split == "train"]
    assert kind_of(rows) is None


def test_a_run_tells_how_its_detector_fails_and_whether_its_threshold_was_chosen() -> None:
    measured = measure_run(detector([1.0] * 40), 0.5)
    assert measured["degenerate"]["kind"] == EQUAL_SCORES
    assert measured["threshold_chosen"]
    rows = [one for one in noisy(80, 3.0) if one.split != "val" or one.is_positive]
    measured = measure_run(rows, 0.5)
    assert (measured["degenerate"], measured["threshold_chosen"]) == (None, False)
