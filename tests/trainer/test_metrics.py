"""Scores equal scikit-learn's for all inputs, and intervals draw whole groups."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from trainer.evaluate import Prediction
from trainer.manifest import Example
from trainer.metrics import (
    COUNTED,
    Sample,
    as_sample,
    bootstrap_intervals,
    confusion_counts,
    measure,
    measure_run,
    scores_of,
    weighted_areas,
    weighted_rates,
)

# Few distinct scores, so that ties and the threshold itself come up often.
score_lists = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.4999, 0.5, 0.7, 1.0])),
    min_size=1,
    max_size=40,
)


def prediction(
    positive: bool, score: float, group: str = "g", sex: str = "female", split: str = "test"
) -> Prediction:
    example = Example(
        id="0" * 16,
        path=Path("x.png"),
        split=split,
        fold=0,
        label="positive" if positive else "negative",
        sex=sex,
        evidence="visual",
        raters=1,
        group=group,
        source="",
        width_px=1,
        height_px=1,
        region=(),
        sha256="",
    )
    return Prediction(example, score)


def sample_of(pairs: Sequence[tuple[bool, float]]) -> Sample:
    return as_sample([prediction(label, score, f"g{i}") for i, (label, score) in enumerate(pairs)])


@given(score_lists)
def test_scores_equal_scikit_learns(pairs: list[tuple[bool, float]]) -> None:
    labels = [label for label, _ in pairs]
    called = [score >= 0.5 for _, score in pairs]
    found = scores_of(sample_of(pairs))
    assert found["precision"] == reference.precision_score(labels, called, zero_division=0)
    assert found["recall"] == reference.recall_score(labels, called, zero_division=0)
    assert found["f1"] == reference.f1_score(labels, called, zero_division=0)
    assert found["accuracy"] == reference.accuracy_score(labels, called)
    assert (found["roc_auc"] is None) == (len(set(labels)) == 1)


@given(score_lists)
def test_confusion_counts_add_up(pairs: list[tuple[bool, float]]) -> None:
    counts = confusion_counts(sample_of(pairs))
    assert sum(counts.values()) == len(pairs)
    assert counts["true_positive"] + counts["false_negative"] == sum(label for label, _ in pairs)


@given(score_lists, st.integers(0, 1000))
@settings(max_examples=60)
def test_a_bootstrap_draw_is_scored_as_scikit_learn_would(
    pairs: list[tuple[bool, float]], seed: int
) -> None:
    sample = sample_of(pairs)
    weights = np.random.default_rng(seed).integers(0, 4, (1, len(pairs))).astype(float)
    drawn = np.repeat(np.arange(len(pairs)), weights[0].astype(int))
    labels, scores = sample.labels[drawn], sample.scores[drawn]
    rates, areas = weighted_rates(sample, weights), weighted_areas(sample, weights)
    if labels.any() and not labels.all():
        assert areas["roc_auc"][0] == pytest.approx(reference.roc_auc_score(labels, scores))
        assert areas["pr_auc"][0] == pytest.approx(
            reference.average_precision_score(labels, scores)
        )
    else:
        assert math.isnan(areas["roc_auc"][0])
    if labels.any():
        assert rates["recall"][0] == pytest.approx(reference.recall_score(labels, scores >= 0.5))
        assert rates["f1"][0] == pytest.approx(reference.f1_score(labels, scores >= 0.5))


@given(score_lists)
@settings(max_examples=25)
def test_intervals_are_ordered_and_within_zero_and_one(pairs: list[tuple[bool, float]]) -> None:
    for interval in bootstrap_intervals(sample_of(pairs)).values():
        assert interval is None or 0 <= interval[0] <= interval[1] <= 1


def test_an_interval_lies_around_the_score_and_is_the_same_each_time() -> None:
    pairs = [(i % 2 == 0, 0.9 if (i % 2 == 0) != (i % 7 == 0) else 0.1) for i in range(60)]
    measured = measure([prediction(*pair, f"g{i}") for i, pair in enumerate(pairs)])
    for name in COUNTED:
        low, high = measured["intervals"][name]
        assert low < measured[name] < high
    assert bootstrap_intervals(sample_of(pairs)) == measured["intervals"]


def test_photos_of_one_person_widen_the_interval() -> None:
    pairs = [(i < 20, 0.9 if i % 4 else 0.1) for i in range(40)]
    apart = [prediction(*pair, f"g{i}") for i, pair in enumerate(pairs)]
    together = [prediction(*pair, f"g{i % 4}") for i, pair in enumerate(pairs)]

    def width(predictions: list[Prediction]) -> float:
        low, high = measure(predictions)["intervals"]["recall"]
        return float(high - low)

    assert width(together) > width(apart)


def test_a_sex_with_fewer_than_ten_photos_is_not_estimable() -> None:
    pairs = [(i % 2 == 0, 0.9 if i % 3 else 0.1) for i in range(19)]
    predictions = [
        prediction(*pair, f"g{i}", "male" if i < 9 else "female") for i, pair in enumerate(pairs)
    ]
    by_sex = measure(predictions)["by_sex"]
    assert by_sex["male"] is None
    assert by_sex["unknown"] is None
    assert by_sex["female"]["n"] == 10


def test_splits_are_measured_apart() -> None:
    predictions = [
        prediction(True, 0.9 if split == "train" else 0.1, split=split)
        for split in ("train", "val", "test")
    ]
    splits = measure_run(predictions)["splits"]
    assert [splits[split]["recall"] for split in ("train", "val", "test")] == [1, 0, 0]
    assert splits["test"]["roc_auc"] is None
    assert splits["test"]["f1"] == 0
