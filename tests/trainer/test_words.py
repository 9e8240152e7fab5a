"""Texts of the trainer agree with their numbers, and say no more than is known."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trainer.cli.explain import _summary_line
from trainer.cli.train import score_text
from trainer.evidence.heat_maps import Explanation, MassSummary
from trainer.report.sheets import CASES, case_card
from trainer.run import FinishedRun
from trainer.words import number_of

TEMPLATES = Path("trainer/templates")


def test_a_noun_agrees_with_its_number() -> None:
    assert [number_of(n, "photo") for n in (0, 1, 2)] == ["0 photos", "1 photo", "2 photos"]


def test_the_score_of_one_photo_is_told_in_the_singular(finished: FinishedRun) -> None:
    test = finished.metrics["splits"]["test"] | {"n": 1, "groups": 1}
    splits = finished.metrics["splits"] | {"test": test}
    told = score_text(replace(finished, metrics=finished.metrics | {"splits": splits}))
    assert "Test split: 1 photo of 1 group;" in told
    assert "1 photo: " in _summary_line("positive", MassSummary(1, 0, 0.5, None, 0.4))


def test_no_template_puts_a_plural_behind_a_bare_count() -> None:
    bare = r"\b(?:n|length|groups|cpu_count) \}\} (?:photos|networks|groups|detectors|processors)\b"
    for file in TEMPLATES.iterdir():
        assert re.findall(bare, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("heat", "told"),
    [
        (np.zeros((2, 2)), "P(positive) 0.03; no heat: no evidence for the rash anywhere"),
        (
            np.ones((2, 2)),
            "P(positive) 0.03; 50% of the heat in the region, which is 50% of the square",
        ),
    ],
)
def test_a_caption_tells_a_share_of_the_heat_only_where_there_is_heat(
    heat: np.ndarray, told: str
) -> None:
    region = np.zeros((4, 4), bool)
    region[:2] = True
    pixels = np.zeros((4, 4, 3), np.uint8)
    card = case_card(Explanation("a", "negative", "g", 0.03, pixels, heat, region))
    assert card.caption == f"a: raters negative, {told}"


def test_a_sure_call_is_not_titled_nearly_wrong() -> None:
    assert not any("nearly" in title for title, _ in CASES.values())
