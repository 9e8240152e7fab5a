"""The threshold has the best F1 on validation, and stays at 0.5 unless another is better."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from tests.trainer.predictions import apart
from trainer.scores.thresholds import choose_threshold

pair_lists = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.3, 0.4999, 0.5, 0.6, 0.9, 1.0])),
    min_size=1,
    max_size=20,
)


@given(pair_lists)
def test_no_cut_between_scores_has_a_higher_f1(pairs: list[tuple[bool, float]]) -> None:
    labels = [label for label, _ in pairs]
    chosen = choose_threshold(apart(pairs))

    def f1(threshold: float) -> float:
        return float(f1_score(labels, [score >= threshold for _, score in pairs], zero_division=0))

    distinct = sorted({score for _, score in pairs})
    cuts = [0.5, *((low + high) / 2 for low, high in pairwise(distinct))]
    if len(set(labels)) == 1:
        assert chosen == 0.5
    else:
        best = [cut for cut in cuts if f1(cut) == max(map(f1, cuts))]
        assert chosen == min(best, key=lambda cut: (abs(cut - 0.5), cut))


def test_on_a_plateau_around_one_half_it_stays_there() -> None:
    assert choose_threshold(apart([(False, 0.2), (True, 0.9)])) == 0.5


def test_it_moves_where_that_helps_and_to_the_nearest_of_equals() -> None:
    low = [(False, 0.1), (True, 0.2), (True, 0.3), (False, 0.05)]
    assert choose_threshold(apart(low)) == (0.1 + 0.2) / 2
