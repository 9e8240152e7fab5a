"""One bootstrap for agreement and for scores: its intervals hold the true value as often as they promise."""

import numpy as np
import pytest

from curator.ratings.statistics import (
    Estimate,
    Floats,
    cohen_kappa,
    coincidences,
    cross_table,
    estimates,
    krippendorff_alpha,
    of_tables,
    of_values,
    share_agreed,
)
from intervals.bootstrap import left_out_weights

POSITIVE, ERRORS = 0.4, (0.03, 0.17)  # raters err more often on the photos of some people
SAMPLES = 400


def rate(generator: np.random.Generator, people: int) -> tuple[np.ndarray, np.ndarray]:
    """Let two raters label two photos of each person: (photos, raters) codes, and the persons."""
    groups = np.repeat(np.arange(people), 2)
    errs = np.array(ERRORS)[generator.integers(2, size=people)][groups]
    truth = generator.random(len(groups)) < POSITIVE
    wrong = generator.random((len(groups), 2)) < errs[:, np.newaxis]
    return (truth[:, np.newaxis] ^ wrong).astype(np.int64), groups


def true_agreement() -> tuple[float, float]:
    """Compute the share and the kappa that samples of `rate` estimate."""
    share = float(np.mean([(1 - error) ** 2 + error**2 for error in ERRORS]))
    mean = float(np.mean(ERRORS))
    positive = POSITIVE * (1 - mean) + (1 - POSITIVE) * mean
    by_chance = positive**2 + (1 - positive) ** 2
    return share, (share - by_chance) / (1 - by_chance)


def holds(found: Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


@pytest.mark.slow
@pytest.mark.parametrize("people", [40, 120])
def test_an_interval_of_agreement_holds_the_true_value(people: int) -> None:
    generator = np.random.default_rng(1000 + people)
    share, kappa = true_agreement()
    held = np.zeros(3)
    for _ in range(SAMPLES):
        codes, groups = rate(generator, people)
        tables = cross_table(codes[:, 0], codes[:, 1], 2)
        shared, beyond = estimates(
            groups, of_tables(tables, share_agreed, cohen_kappa), (True, False)
        )
        pairs = of_tables(coincidences(codes, 2), krippendorff_alpha)
        (alpha,) = estimates(groups, pairs, (False,))
        held += [holds(shared, share), holds(beyond, kappa), holds(alpha, kappa)]
    assert (held / SAMPLES >= 0.92).all(), held / SAMPLES
    assert (held / SAMPLES <= 0.995).all(), held / SAMPLES


@pytest.mark.slow
def test_an_interval_of_skewed_overlaps_holds_the_true_mean() -> None:
    generator = np.random.default_rng(7)
    held, samples = 0, 2000
    for _ in range(samples):
        overlaps: Floats = generator.beta(8, 1.5, 60)
        found = estimates(np.arange(60), of_values(overlaps, 0.5), (False, False, True))
        held += holds(found[0], 8 / 9.5)
    assert 0.93 <= held / samples <= 0.97


def test_a_share_of_one_has_an_exact_interval_and_kappa_none() -> None:
    codes = np.array([0, 1] * 10)
    measure = of_tables(cross_table(codes, codes, 2), share_agreed, cohen_kappa)
    share, kappa = estimates(np.arange(20), measure, (True, False))
    assert share.low == pytest.approx(0.025 ** (1 / 20))
    assert share.high == 1
    assert (kappa.value, kappa.low) == (1, None)


def test_many_groups_are_left_out_together_each_once() -> None:
    groups = np.repeat(np.arange(50), 3)
    rows = np.concatenate([*left_out_weights(groups, most=7)])
    assert rows.shape == (7, 150)
    assert ((1 - rows).sum(axis=0) == 1).all()
    whole = np.concatenate([*left_out_weights(groups)])
    assert ((1 - whole).sum(axis=1) == 3).all()
