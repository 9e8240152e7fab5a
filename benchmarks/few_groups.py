"""Compares intervals of scores on few groups: how often they hold the true score, and how wide they are.

Candidates: BCa with the tails of Student's t; the exact interval and Wilson's, both of as many trials as
the jackknife's error is worth (Korn and Graubard 1998; Dean and Pagano 2015), no more than groups;
and draws with added photos, which the trainer uses on few groups. Findings: docs/decisions.md#few-groups.

    python -m benchmarks.few_groups [SAMPLES]
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from intervals.bootstrap import bca_interval, exact_interval, padded_interval, reach_of
from trainer.scores.definitions import SCORES, scores_of, weighted_scores
from trainer.scores.intervals import NO_WIDTH, Resampled, interval_of, resampled, witnesses
from trainer.scores.sample import Sample

GROUPS = (5, 8, 12, 20, 40)
ONE, PAIR, ALIKE = "one photo", "one of each label", "one to three, half of them alike"
CALLED = ((0.95, 0.9), (0.85, 0.15), (0.6, 0.4), (0.97, 0.03), (0.8, 0.02))  # hits, false alarms
SHOWN = [name for name in SCORES if name != "ece"]
MANY = 60_000  # groups whose scores are taken for the truth

Interval = list[float] | None


def draw_sample(
    generator: np.random.Generator, groups: int, photos: str, called: tuple[float, float]
) -> Sample:
    """Draw a test split in which the detector calls these shares of either label."""
    sizes = {ONE: 1, PAIR: 2}.get(photos) or generator.integers(1, 4, groups)
    group = np.repeat(np.arange(groups), sizes)
    labels = (generator.random(groups) < 0.5)[group]
    if photos == PAIR:
        labels = np.arange(len(group)) % 2 == 0
    luck, place = generator.random((2, len(group)))
    if photos == ALIKE:
        is_alike = (generator.random(groups) < 0.5)[group]
        luck, place = np.where(is_alike, generator.random((2, groups))[:, group], (luck, place))
    is_called = luck < np.where(labels, *called)
    return Sample(labels, (is_called + place) / 2, group.astype(str), 0.5)


def bca(sample: Sample, name: str, found: Resampled) -> Interval:
    """Estimate the interval of the ordinary size; the exact one where all draws agree."""
    interval = bca_interval(found.value, found.drawn, found.left_out)
    if interval and interval[1] - interval[0] < NO_WIDTH:
        return exact_interval(found.value, witnesses(sample, name))
    return interval


def exact(sample: Sample, name: str, found: Resampled) -> Interval:
    """Estimate the exact interval of the effective size."""
    share, size, _reach = effective(sample, name, found)
    return [as_score(name, end) for end in exact_interval(share, size)]


def wilson(sample: Sample, name: str, found: Resampled) -> Interval:
    """Estimate Wilson's interval of the effective size."""
    share, size, reach = effective(sample, name, found)
    middle, whole = share + reach**2 / 2 / size, 1 + reach**2 / size
    spread = reach * np.sqrt(share * (1 - share) / size + (reach / 2 / size) ** 2)
    return [as_score(name, (middle + side * spread) / whole) for side in (-1, 1)]


def effective(sample: Sample, name: str, found: Resampled) -> tuple[float, float, float]:
    """Return a score as a share, how many trials its error is worth, and the reach of its interval."""
    known = found.left_out[~np.isnan(found.left_out)]
    share, groups = found.value, witnesses(sample, name)
    if name == "f1":
        share, known = share / (2 - share), known / (2 - known)
    variance = known.var() * (len(known) - 1)
    size = share * (1 - share) / variance if variance > 1e-12 else np.inf
    return (
        share,
        float(np.clip(size, 1, groups)) if 0 < share < 1 else groups,
        reach_of(len(found.left_out)),
    )


def as_score(name: str, share: float) -> float:
    """Turn the share of hits among hits, misses and false alarms into F1; leave others alone."""
    return float(2 * share / (1 + share) if name == "f1" else share)


def padded(_: Sample, _name: str, found: Resampled) -> Interval:
    """Estimate the interval of draws with added photos, even where all draws agree."""
    assert found.padded is not None
    return padded_interval(found.value, found.padded, len(found.left_out))


CANDIDATES: dict[str, Callable[[Sample, str, Resampled], Interval]] = {
    **{"BCa": bca, "exact": exact, "Wilson": wilson, "added": padded, "trainer": interval_of},
}


def judge(
    groups: int, photos: str, called: tuple[float, float], samples: int
) -> Iterator[tuple[str, str, float, float]]:
    """Yield for each score and candidate how often its interval held the truth, and its mean width."""
    generator = np.random.default_rng(groups)
    truth: dict[str, Any] = scores_of(draw_sample(generator, MANY, photos, called))
    told = defaultdict(list)
    for _ in range(samples):
        sample = draw_sample(generator, groups, photos, called)
        for name, found in resampled(sample, weighted_scores).items():
            for candidate, estimate in CANDIDATES.items():
                known = name in SHOWN and not np.isnan(found.value)
                interval = estimate(sample, name, found) if known else None
                if interval:
                    low, high = interval
                    holds = low - 1e-9 <= truth[name] <= high + 1e-9
                    told[name, candidate].append((holds, high - low))
    for (name, candidate), rows in told.items():
        held, width = np.mean(rows, axis=0)
        yield name, candidate, held, width


def main() -> None:
    """Print for each number of groups the least and the mean share held, and the mean width."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    for groups in GROUPS:
        rows = defaultdict(list)
        for photos, called in product((ONE, PAIR, ALIKE), CALLED):
            for name, candidate, held, width in judge(groups, photos, called, samples):
                rows[name, candidate].append((held, width))
        print(f"{groups} groups: least and mean share of intervals that hold the truth, mean width")
        for name in SHOWN:
            cells = []
            for candidate in CANDIDATES:
                held, width = np.transpose(rows[name, candidate])
                cells.append(f"{candidate} {held.min():.2f} {held.mean():.2f} {width.mean():.2f}")
            print(f"  {name:<27}{'   '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
