"""Networks that chance could have ordered are tied; a clearly worse one is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.predictions import prediction, random_sample
from trainer.errors import PhotosDiffer, ScoreUndefined
from trainer.runs.predictions import Prediction
from trainer.scores.significance import DifferenceFromBest, holm, tied_with_best


def table(labels: np.ndarray, scores: np.ndarray, groups: np.ndarray) -> list[Prediction]:
    rows = zip(labels, scores, groups, strict=True)
    return [
        prediction(bool(label), float(score), f"g{group}", id=f"{at:016x}")
        for at, (label, score, group) in enumerate(rows)
    ]


def compare(score: str = "f1", **networks: list[Prediction]) -> dict[str, DifferenceFromBest]:
    return tied_with_best(networks, dict.fromkeys(networks, 0.5), score)


@pytest.fixture
def good() -> list[Prediction]:
    sample = random_sample(np.random.default_rng(3), 60, distance=3)
    return table(sample.labels, sample.scores, sample.groups)


def blind(rows: list[Prediction], seed: int = 1) -> list[Prediction]:
    scores = np.random.default_rng(seed).random(len(rows))
    labels = np.array([row.is_positive for row in rows])
    return table(labels, scores, np.array([row.group.removeprefix("g") for row in rows]))


@pytest.mark.parametrize("score", ["f1", "roc_auc"])
def test_equal_networks_tie_and_a_blind_one_does_not(good: list[Prediction], score: str) -> None:
    found = compare(score, one=blind(good), two=good, three=good[::-1])
    for name in ("two", "three"):
        assert found[name] == DifferenceFromBest(0.0, (0.0, 0.0), 1.0, 1.0, tied=True)
    assert found["one"].difference < 0
    assert found["one"].interval[0] < found["one"].difference < found["one"].interval[1] < 0
    assert found["one"].p < found["one"].adjusted_p < 0.05
    assert not found["one"].tied


def test_each_network_has_its_own_threshold(good: list[Prediction]) -> None:
    halved = [prediction(p.is_positive, p.score / 2, p.group, id=p.id) for p in good]
    found = tied_with_best({"a": good, "b": halved}, {"a": 0.5, "b": 0.25})
    assert found["b"].difference == 0
    assert not compare(a=good, b=halved)["b"].tied


def test_few_groups_refute_no_tie() -> None:
    """Four groups that all agree: even the sign test gives p = 1/8."""
    labels, groups = np.array([True, False] * 4), np.repeat(np.arange(4), 2)
    found = compare(a=table(labels, labels * 1.0, groups), b=table(labels, ~labels * 1.0, groups))
    assert found["b"].difference == -1
    assert found["b"].p == 1 / 8
    assert found["b"].tied


def test_other_photos_and_a_missing_class_are_refused(good: list[Prediction]) -> None:
    with pytest.raises(PhotosDiffer, match="b and a were scored on different photos"):
        compare(a=good, b=good[1:])
    with pytest.raises(ScoreUndefined, match="both classes"):
        compare("roc_auc", a=[row for row in good if row.is_positive])


def test_holms_method_on_a_worked_example() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_an_adjusted_p_lies_between_p_and_bonferronis(p: list[float]) -> None:
    adjusted, given_p = holm(np.array(p)), np.array(p)
    assert (adjusted >= given_p).all()
    assert (adjusted <= np.minimum(given_p * len(p), 1)).all()


@pytest.mark.slow
@pytest.mark.parametrize("score", ["f1", "roc_auc"])
@pytest.mark.parametrize(("networks", "simulations"), [(2, 400), (5, 200)])
def test_equally_good_networks_are_rarely_told_apart(
    networks: int, simulations: int, score: str
) -> None:
    """Independent networks of one quality on 31 groups: at most 5% of tables tell any apart.

    The bound leaves room for two standard errors of so many simulations.
    """
    generator = np.random.default_rng(networks)
    told_apart = 0
    for _ in range(simulations):
        first = random_sample(generator, 60)
        made = {}
        for name in map(str, range(networks)):
            noise = random_sample(generator, 60)
            logit = np.log(noise.scores / (1 - noise.scores)) + 2 * (first.labels - 0.5)
            made[name] = table(first.labels, 1 / (1 + np.exp(-logit)), first.groups)
        told_apart += any(not one.tied for one in compare(score, **made).values())
    allowed = 0.05 + 2 * np.sqrt(0.05 * 0.95 / simulations)
    assert told_apart / simulations <= allowed
