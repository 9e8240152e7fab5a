"""Scores equal scikit-learn's for all inputs, and intervals draw whole groups and hold the truth."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from tests.trainer.predictions import apart, prediction, random_sample
from trainer.runs.predictions import Prediction
from trainer.scores.calibration import BINS, reliability
from trainer.scores.definitions import COUNTED, SCORES, SPECIFICITY, scores_of, weighted_scores
from trainer.scores.intervals import intervals_of
from trainer.scores.metrics import confusion_counts, measure, measure_run
from trainer.scores.sample import Sample, as_sample

# Few distinct scores, so that ties and the threshold itself come up often.
score_lists = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.4999, 0.5, 0.7, 1.0])),
    min_size=1,
    max_size=40,
)
thresholds = st.sampled_from([0.2, 0.5, 0.61])


def sample_of(pairs: list[tuple[bool, float]], threshold: float = 0.5) -> Sample:
    return as_sample(apart(pairs), threshold)


def scikit_learns(labels: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float]:
    called = scores >= threshold
    found = {
        "precision": reference.precision_score(labels, called, zero_division=np.nan),
        "recall": reference.recall_score(labels, called, zero_division=np.nan),
        "f1": reference.f1_score(labels, called, zero_division=np.nan),
        "accuracy": reference.accuracy_score(labels, called),
        "brier": reference.brier_score_loss(labels, scores, pos_label=True),
    }
    if labels.all() or not labels.any():
        return found
    alarms, recall, _ = reference.roc_curve(labels, scores, drop_intermediate=False)
    return found | {
        "macro_f1": reference.f1_score(labels, called, average="macro", zero_division=np.nan),
        "roc_auc": reference.roc_auc_score(labels, scores),
        "pr_auc": reference.average_precision_score(labels, scores),
        "sensitivity_at_specificity": recall[1 - alarms >= SPECIFICITY - 1e-9].max(),
    }


@given(score_lists, thresholds)
def test_scores_equal_scikit_learns(pairs: list[tuple[bool, float]], threshold: float) -> None:
    sample = sample_of(pairs, threshold)
    found = scores_of(sample)
    given = scikit_learns(sample.labels, sample.scores, threshold)
    expected = {name: value for name, value in given.items() if not math.isnan(value)}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    missing = set(SCORES) - set(expected) - {"ece"}
    assert all(found[name] is None for name in missing)


def test_a_share_of_nothing_is_not_defined() -> None:
    nothing_called = sample_of([(True, 0.1), (False, 0.2)])
    found = scores_of(nothing_called)
    assert (found["precision"], found["recall"], found["f1"]) == (None, 0.0, 0.0)
    assert intervals_of(nothing_called)["precision"] is None
    without_positives = scores_of(sample_of([(False, 0.9), (False, 0.2)]))
    assert (without_positives["precision"], without_positives["recall"]) == (0.0, None)
    assert scores_of(sample_of([(False, 0.1)]))["f1"] is None


@pytest.mark.parametrize("groups", [2, 4, 8])
def test_an_interval_on_few_groups_is_never_empty(groups: int) -> None:
    # Each person has one photo of each label, and all are called positive: F1 is 2/3 in every draw.
    rows = [
        prediction(label, 0.9, f"g{group}") for group in range(groups) for label in (True, False)
    ]
    measured = measure(rows, 0.5)
    for name, value in (("f1", 2 / 3), ("precision", 0.5), ("roc_auc", 0.5), ("ece", 0.4)):
        low, high = measured["intervals"][name]
        assert measured[name] == pytest.approx(value)
        assert low < value - 0.15
        assert high > value + 0.15


@given(score_lists)
def test_confusion_counts_add_up(pairs: list[tuple[bool, float]]) -> None:
    counts = confusion_counts(sample_of(pairs))
    assert sum(counts.values()) == len(pairs)
    assert counts["true_positive"] + counts["false_negative"] == sum(label for label, _ in pairs)


@given(score_lists, st.integers(0, 1000))
@settings(max_examples=60)
def test_a_bootstrap_draw_is_scored_as_the_photos_drawn_would_be(
    pairs: list[tuple[bool, float]], seed: int
) -> None:
    sample = sample_of(pairs)
    weights = np.random.default_rng(seed).integers(0, 4, (1, len(pairs))).astype(float)
    drawn = np.repeat(np.arange(len(pairs)), weights[0].astype(int))
    found = weighted_scores(sample, weights)
    if len(drawn) == 0:
        assert all(math.isnan(values[0]) for values in found.values())
        return
    expected = scores_of(sample_of([pairs[at] for at in drawn]))
    for name, value in expected.items():
        undefined = math.isnan(found[name][0])
        assert value is None if undefined else found[name][0] == pytest.approx(value)


def test_the_calibration_error_is_the_mean_distance_over_bins() -> None:
    pairs = [(True, 0.95), (False, 0.91), (False, 0.1), (True, 0.19), (True, 1.0)]
    found = scores_of(sample_of(pairs))
    low, high = abs((0.1 + 0.19) / 2 - 1 / 2), abs((0.95 + 0.91 + 1.0) / 3 - 2 / 3)
    assert found["ece"] == pytest.approx(2 / 5 * low + 3 / 5 * high)
    bins = reliability(sample_of(pairs))
    assert [row["count"] for row in bins] == [0, 2, 0, 0, 0, 0, 0, 0, 0, 3]
    assert bins[9]["positive_share"] == pytest.approx(2 / 3)
    assert bins[0] == {"count": 0, "mean_score": None, "positive_share": None, "interval": None}


def test_a_bin_tells_how_sure_its_share_is() -> None:
    pairs = [(True, 0.95), (False, 0.91), (True, 1.0), (False, 0.1), (False, 0.1)]
    bins = reliability(sample_of(pairs))
    low, high = bins[9]["interval"]
    assert low < 2 / 3 < high
    # No positive among two photos excludes little: the exact bound of two trials.
    assert bins[1]["interval"] == [0.0, pytest.approx(1 - 0.025**0.5)]


@given(score_lists)
def test_the_bins_of_reliability_give_the_calibration_error(
    pairs: list[tuple[bool, float]],
) -> None:
    bins = [row for row in reliability(sample_of(pairs)) if row["count"]]
    error = sum(row["count"] * abs(row["mean_score"] - row["positive_share"]) for row in bins)
    assert scores_of(sample_of(pairs))["ece"] == pytest.approx(error / len(pairs))
    assert len(reliability(sample_of(pairs))) == BINS


@given(score_lists)
@settings(max_examples=25)
def test_intervals_are_ordered_and_within_zero_and_one(pairs: list[tuple[bool, float]]) -> None:
    for interval in intervals_of(sample_of(pairs)).values():
        assert interval is None or 0 <= interval[0] <= interval[1] <= 1


def test_an_interval_lies_around_the_score_and_is_the_same_each_time() -> None:
    pairs = [(i % 2 == 0, 0.9 if (i % 2 == 0) != (i % 7 == 0) else 0.1) for i in range(60)]
    measured = measure(apart(pairs), 0.5)
    for name in (*COUNTED, "macro_f1", "roc_auc", "pr_auc", "brier"):
        low, high = measured["intervals"][name]
        assert low < measured[name] < high
    assert intervals_of(sample_of(pairs)) == measured["intervals"]


def test_photos_of_one_person_widen_the_interval() -> None:
    pairs = [(i < 20, 0.9 if i % 4 else 0.1) for i in range(40)]
    together = [prediction(*pair, f"g{i % 4}") for i, pair in enumerate(pairs)]

    def width(predictions: list[Prediction]) -> float:
        low, high = measure(predictions, 0.5)["intervals"]["recall"]
        return float(high - low)

    assert width(together) > width(apart(pairs))


def test_without_an_error_the_interval_is_as_wide_as_few_groups_demand() -> None:
    """15 of 15 right: the exact bound of a share, which no draw of right photos could show."""
    pairs = [(i % 2 == 0, 0.9 if i % 2 == 0 else 0.1) for i in range(30)]
    intervals = intervals_of(sample_of(pairs))
    for name in ("recall", "precision", "f1", "roc_auc"):
        assert intervals[name] == pytest.approx([0.025 ** (1 / 15), 1.0])
    assert intervals["accuracy"] == pytest.approx([0.025 ** (1 / 30), 1.0])
    wrong = intervals_of(sample_of([(not label, score) for label, score in pairs]))
    assert wrong["recall"] == pytest.approx([0.0, 1 - 0.025 ** (1 / 15)])


def test_one_group_alone_tells_no_interval() -> None:
    pairs = [prediction(i % 2 == 0, i / 20, "g", id=f"{i:016x}") for i in range(20)]
    assert set(measure(pairs, 0.5)["intervals"].values()) == {None}


@pytest.mark.slow
@pytest.mark.parametrize("photos", [60, pytest.param(150, marks=pytest.mark.long)])
def test_intervals_hold_the_truth_in_95_of_100_samples(photos: int) -> None:
    """Scores that know nothing of the label have an AUC of 0.5; 500 test splits of them."""
    generator = np.random.default_rng(photos)
    held: Counter[str] = Counter()
    for _ in range(500):
        intervals = intervals_of(random_sample(generator, photos))
        for name, truth in (("roc_auc", 0.5), ("recall", 0.5), ("accuracy", 0.5)):
            interval = intervals[name]
            assert interval is not None
            held[name] += interval[0] <= truth <= interval[1]
    assert all(460 <= count <= 490 for count in held.values()), held


def few_people(generator: np.random.Generator, people: int, hit: float, alarm: float) -> Sample:
    """Draw a photo of either label of each person, and call these shares of them positive."""
    labels = np.arange(2 * people) % 2 == 0
    called = generator.random(2 * people) < np.where(labels, hit, alarm)
    scores = (called + generator.random(2 * people)) / 2
    return Sample(labels, scores, np.repeat(np.arange(people), 2).astype(str), 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("people", [6, 8, 16, 30])
@pytest.mark.parametrize(("hit", "alarm"), [(0.95, 0.9), (0.6, 0.4), (0.85, 0.15)])
def test_intervals_of_few_people_hold_the_truth(people: int, hit: float, alarm: float) -> None:
    """Where nearly all is called positive, draws of the photos alone held F1 in 82 of 100."""
    generator = np.random.default_rng(people)
    names = ("precision", "recall", "f1", "accuracy", "macro_f1", "roc_auc", "brier")
    truth = scores_of(few_people(generator, 50_000, hit, alarm))
    held, defined = Counter[str](), Counter[str]()
    for _ in range(300):
        sample = few_people(generator, people, hit, alarm)
        found, intervals = scores_of(sample), intervals_of(sample)
        for name in names:
            true, value, interval = truth[name], found[name], intervals[name]
            if interval and value is not None and true is not None:
                assert 0 <= interval[0] <= value <= interval[1] <= 1
                held[name] += interval[0] - 1e-9 <= true <= interval[1] + 1e-9
                defined[name] += 1
    assert all(defined[name] > 290 for name in names)
    assert min(held[name] / defined[name] for name in names) >= 0.915, held


def test_parts_with_fewer_than_ten_photos_are_not_estimable() -> None:
    pairs = [(i % 2 == 0, 0.9 if i % 3 else 0.1) for i in range(19)]
    few = apart(pairs[:9], sex="male", evidence="clinician", source="")
    many = apart(pairs[9:], source="#rash")
    measured = measure(few + many, 0.5)
    for part, known in (("sex", "female"), ("evidence", "visual"), ("source", "#rash")):
        found = dict(measured[f"by_{part}"])
        assert found.pop(known)["n"] == 10
        assert set(found.values()) == {None}
    assert set(measured["by_source"]) == {"", "#rash"}


def test_splits_are_measured_apart() -> None:
    predictions = [
        prediction(True, 0.9 if split == "train" else 0.1, split=split)
        for split in ("train", "val", "test")
    ]
    found = measure_run(predictions, 0.05)
    assert found["threshold"] == 0.05
    assert [found["splits"][split]["recall"] for split in ("train", "val", "test")] == [1, 1, 1]
    splits = measure_run(predictions, 0.5)["splits"]
    assert [splits[split]["recall"] for split in ("train", "val", "test")] == [1, 0, 0]
    assert splits["test"]["roc_auc"] is None
    assert splits["test"]["f1"] == 0
