"""Statistics of agreement: equal to other libraries', and honest where nothing can be estimated."""

import warnings
from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score

from curator.ratings.agreement import Categories, Ratings, Report, compare_raters
from curator.ratings.statistics import (
    FEWEST,
    MISSING,
    NONE_SHARED,
    ONE_CATEGORY,
    TOO_FEW,
    Codes,
    cohen_kappa,
    coincidences,
    cross_table,
    estimates,
    krippendorff_alpha,
    of_tables,
    of_values,
    reading,
    share_agreed,
)

KINDS = 3


def drawn_codes(photos: int, raters: int) -> st.SearchStrategy[Codes]:
    return arrays(np.int64, (photos, raters), elements=st.integers(MISSING, KINDS - 1))


CODES = st.tuples(st.integers(1, 30), st.integers(2, 5)).flatmap(lambda shape: drawn_codes(*shape))
SQUARE = shapely.box(0, 0, 1, 1)


def alone(photos: int) -> Codes:
    return np.arange(photos)


def summed(tables: np.ndarray) -> np.ndarray:
    return np.asarray(tables.sum(axis=0))


@given(CODES)
def test_kappa_equals_scikit_learns(codes: Codes) -> None:
    both = (codes[:, :2] != MISSING).all(axis=1)
    first, second = codes[both, 0], codes[both, 1]
    assume(len({*first, *second}) > 1)
    ours = cohen_kappa(summed(cross_table(codes[:, 0], codes[:, 1], KINDS)))
    assert ours == pytest.approx(cohen_kappa_score(first, second))


@given(CODES)
def test_alpha_equals_the_krippendorff_packages(codes: Codes) -> None:
    pairable = (codes != MISSING).sum(axis=1) > 1
    assume(len({*codes[pairable].ravel()} - {MISSING}) > 1)
    ours = krippendorff_alpha(summed(coincidences(codes, KINDS)))
    data = np.where(codes == MISSING, np.nan, codes).T
    assert ours == pytest.approx(krippendorff.alpha(data, level_of_measurement="nominal"))


@given(CODES)
def test_a_resample_counts_as_if_its_photos_were_written_out(codes: Codes) -> None:
    weights = np.random.default_rng(1).integers(0, 4, (2, len(codes)))
    cross = cross_table(codes[:, 0], codes[:, 1], KINDS)
    for tables, statistic in (
        (cross, cohen_kappa),
        (coincidences(codes, KINDS), krippendorff_alpha),
    ):
        (quick,) = of_tables(tables, statistic)(weights.astype(float))
        slow = [statistic(summed(np.repeat(tables, times, axis=0))) for times in weights]
        np.testing.assert_allclose(quick, slow)


@given(arrays(np.float64, st.integers(1, 20), elements=st.floats(0, 1)))
def test_mean_and_median_of_weighted_values_are_numpys(values: np.ndarray) -> None:
    weights = np.random.default_rng(2).integers(0, 3, (3, len(values)))
    weights[:, 0] += 1  # no resample is empty
    expected = [np.repeat(values, times) for times in weights]
    mean, median, reached = of_values(values, 0.5)(weights.astype(float))
    np.testing.assert_allclose(mean, [np.mean(e) for e in expected])
    np.testing.assert_allclose(median, [np.median(e) for e in expected])
    np.testing.assert_allclose(reached, [np.mean(e >= 0.5) for e in expected])


def interval_of_mean(values: np.ndarray, groups: Codes) -> tuple[float, float]:
    found = estimates(groups, of_values(values, 0.5), (False, False, True))[0]
    assert found.value == pytest.approx(values.mean())
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def test_an_interval_contains_the_value_and_is_deterministic() -> None:
    values = np.random.default_rng(3).random(200)
    low, high = interval_of_mean(values, alone(200))
    assert low < values.mean() < high
    # The bootstrap interval should be close to the normal approximation.
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 200**0.5, rel=0.15)
    assert interval_of_mean(values, alone(200)) == (low, high)


def test_photos_of_one_person_count_for_less_than_photos_of_many() -> None:
    values = np.repeat(np.random.default_rng(4).random(20), 10)
    low, high = interval_of_mean(values, alone(200))
    low_grouped, high_grouped = interval_of_mean(values, np.repeat(alone(20), 10))
    assert high_grouped - low_grouped > 2 * (high - low)


def test_an_impossible_estimate_gives_its_reason() -> None:
    def kappa_of(first: list[int], second: list[int]) -> tuple[float | None, str]:
        tables = cross_table(np.array(first, int), np.array(second, int), KINDS)
        (found,) = estimates(alone(len(first)), of_tables(tables, cohen_kappa), (False,))
        assert found.low is None
        return found.value, found.problem

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kappa_of([], []) == (None, NONE_SHARED)
        assert kappa_of([1], [1]) == (None, TOO_FEW)
        assert kappa_of([0, 1] * 4, [0, 1] * 4) == (None, TOO_FEW)
        assert kappa_of([1] * FEWEST, [1] * FEWEST) == (None, ONE_CATEGORY)
        # Perfect agreement: resampling cannot tell how rare disagreement is, so there is no interval.
        assert kappa_of([0, 1] * FEWEST, [0, 1] * FEWEST) == (1, "")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        *((-0.1, "poor"), (0.0, "poor"), (0.01, "slight"), (0.2, "slight"), (0.4, "fair")),
        *((0.5, "moderate"), (0.61, "substantial"), (0.81, "almost perfect")),
        (1 + 1e-15, "almost perfect"),
    ],
)
def test_a_kappa_is_classified_as_by_landis_and_koch(value: float, word: str) -> None:
    assert reading(value) == word


def ratings(
    labels: list[list[int]],
    regions: Sequence[Sequence[object]] = (),
    origins: Sequence[Sequence[str]] = (),
) -> Ratings:
    codes = np.array(labels)
    drawn = np.full(codes.shape, None, dtype=object)
    if regions:
        drawn[:] = regions
    names = tuple("abcdefg"[: codes.shape[1]])
    sex = Categories(codes * 0 + MISSING, 2)
    told = np.array(origins) if origins else np.full(codes.shape, "drawn")
    return Ratings(names, Categories(codes, KINDS), {"sex": sex}, drawn, told, alone(len(codes)))


def test_pairs_with_too_few_shared_photos_have_no_estimate() -> None:
    report = compare_raters(ratings([[0, 0, MISSING]] * 9 + [[1, 0, 1]] * 11), 0.5)
    shared = {(one.first, one.second): one for one in report.pairs}
    assert [one.photos for one in report.pairs] == [20, 11, 11]
    assert shared["a", "b"].label.table == ((9, 0, 0), (11, 0, 0), (0, 0, 0))
    few = compare_raters(ratings([[0, 0]] * 9), 0.5).pairs[0]
    assert few.photos == 9
    assert (few.label.share.value, few.label.table, few.label.share.problem) == (None, (), TOO_FEW)


def test_a_rater_is_compared_with_the_rest_photo_by_photo() -> None:
    report = compare_raters(ratings([[0, 0, 1]] * 10 + [[1, 1, MISSING]] * 10), 0.5)
    share = {one.first: one.label.share.value for one in report.raters}
    assert share == {"a": pytest.approx(0.75), "b": pytest.approx(0.75), "c": 0}
    assert {one.second for one in report.raters} == {""}
    assert compare_raters(ratings([[0, 0]] * 10), 0.5).raters == ()


def test_regions_are_compared_if_both_raters_drew_one() -> None:
    half = shapely.box(0, 0, 0.5, 1)
    report = compare_raters(
        ratings([[0, 0]] * 30, [[SQUARE, half]] * 10 + [[half, half]] * 11 + [[half, None]] * 9),
        0.6,
    )
    overlaps = report.pairs[0].regions
    assert overlaps.mean.photos == overlaps.agreed.photos == 21
    assert overlaps.mean.value == pytest.approx((10 * 0.5 + 11) / 21)
    assert overlaps.median.value == 1
    assert overlaps.agreed.value == pytest.approx(11 / 21)
    assert report.regions == overlaps


@given(CODES)
def test_the_share_agreed_of_two_raters_overall_is_that_of_the_pair(codes: Codes) -> None:
    two = codes[:, :2]
    pair = share_agreed(summed(cross_table(two[:, 0], two[:, 1], KINDS)))
    everyone = share_agreed(summed(coincidences(two, KINDS)))
    np.testing.assert_allclose(pair, everyone)


PLACED, SHIFTED = shapely.box(0, 0, 0.4, 0.4), shapely.box(0.1, 0, 0.5, 0.4)
ONE_MOVED = shapely.box(0, 0, 0.4, 0.401)


def compared(*origins: str, regions: Sequence[object]) -> Report:
    """Compare twelve photos on which all raters label alike."""
    count = 12
    return compare_raters(
        ratings([[0] * len(origins)] * count, [regions] * count, [origins] * count), 0.5
    )


def test_two_acceptances_of_a_suggestion_are_counted_and_not_compared() -> None:
    report = compared("accepted", "accepted", regions=(PLACED, PLACED))
    assert (report.regions.both_accepted, report.pairs[0].regions.both_accepted) == (12, 12)
    assert report.regions.mean.problem == NONE_SHARED
    assert all(found.mean.photos == 0 for found in report.regions_by_origin.values())
    newer = compared("accepted", "accepted", regions=(PLACED, SHIFTED))
    assert newer.regions.mean.problem == NONE_SHARED


def test_a_third_rater_is_still_compared_with_those_who_accepted() -> None:
    report = compared("accepted", "accepted", "drawn", regions=(PLACED, PLACED, SHIFTED))
    assert report.regions.mean.value == pytest.approx(0.6)
    assert report.regions.both_accepted == 12
    assert report.regions_by_origin["one_accepted"].mean.value == pytest.approx(0.6)
    rest = {one.first: one.regions.both_accepted for one in report.raters}
    assert rest == {"a": 12, "b": 12, "c": 0}


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("drawn", "drawn", "by_hand"),
        ("drawn", "copied", "by_hand"),
        ("imported", "drawn", "by_hand"),
        ("edited", "drawn", "edited"),
        ("edited", "edited", "edited"),
        ("accepted", "edited", "one_accepted"),
        ("drawn", "accepted", "one_accepted"),
        ("", "drawn", "not_recorded"),
        ("accepted", "", "not_recorded"),
    ],
)
def test_each_pair_of_regions_is_of_one_kind(first: str, second: str, kind: str) -> None:
    report = compared(first, second, regions=(PLACED, ONE_MOVED))
    found = {kind: one.mean.photos for kind, one in report.regions_by_origin.items()}
    assert found == dict.fromkeys(found, 0) | {kind: 12}
    assert report.regions.mean.photos == 12
    assert report.regions.both_accepted == 0


def test_a_kind_of_few_photos_has_no_number() -> None:
    origins = [["drawn", "drawn"]] * 9 + [["accepted", "drawn"]] * 11
    regions = [[PLACED, SHIFTED]] * 20
    report = compare_raters(ratings([[0, 0]] * 20, regions, origins), 0.5)
    by_hand = report.regions_by_origin["by_hand"].mean
    assert (by_hand.photos, by_hand.value, by_hand.problem) == (9, None, TOO_FEW)
    assert report.regions_by_origin["one_accepted"].mean.value == pytest.approx(0.6)
