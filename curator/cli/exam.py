"""Prints how well copies are found in this collection, from copies planted in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from curator.cli.terminal import number_of, open_instance, print_json

if TYPE_CHECKING:
    from curator.copies.exam import Answer

A_THOUSAND = 1000


def print_exam(each: int, as_json: bool) -> None:
    from curator.copies.exam import sit_exam

    config, sessions = open_instance()
    answers = sit_exam(sessions, config, each)
    if as_json:
        print_json(_summary(answers))
    else:
        _print_table(answers)


def _print_table(answers: Sequence[Answer]) -> None:
    from copies.exam.edits import KINDS, STRENGTHS

    click.echo("Planted copies: how many are shown, and how many decided to be copies")
    click.echo(f"{'':12}" + "".join(f"{each:>16}" for each in (*STRENGTHS, "all")))
    for kind in KINDS:
        own = [one for one in answers if one.kind == kind]
        columns = [[one for one in own if one.strength == each] for each in STRENGTHS]
        click.echo(f"{kind:12}" + "".join(f"{_counts(part):>16}" for part in (*columns, own)))
    found = _summary(answers)
    click.echo("")
    for name, what in (
        ("shown", ""),
        ("decided", ", where nothing covers the face and no other photo is beside it"),
    ):
        share = found[name]
        click.echo(
            f"{name}: {share['found']} of {share['planted']}, {share['share']:.1%} "
            f"(95%: {share['from']:.1%} to {share['to']:.1%}){what}"
        )
    for name in ("untrue_shown", "untrue_decided"):
        rate = found[name]
        click.echo(
            f"{name.replace('_', ' ')}: {number_of(rate['pairs'], 'pair')}, "
            f"{rate['per_1000']:.1f} a 1,000 photos (95%: {rate['from']:.1f} to {rate['to']:.1f})"
        )


def _counts(answers: Sequence[Answer]) -> str:
    shown, decided, photos = (_total(answers, name) for name in ("shown", "decided", "photos"))
    return f"{shown} {decided} of {photos}"


def _summary(answers: Sequence[Answer]) -> dict[str, Any]:
    """Summarise an exam; intervals are exact ones of a share, at 95%."""
    from copies.exam.edits import KINDS

    clear = [one for one in answers if not KINDS[one.kind].is_for_people]
    cells: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)
    for one in answers:
        cells[one.kind, one.strength].append(one)
    return {
        "shown": _share(answers, "shown"),
        "decided": _share(clear, "decided"),
        "untrue_shown": _rate(answers, "untrue_shown"),
        "untrue_decided": _rate(answers, "untrue_decided"),
        "kinds": [
            {"kind": kind, "strength": strength}
            | {name: _total(own, name) for name in ("photos", "shown", "decided")}
            for (kind, strength), own in cells.items()
        ],
    }


def _share(answers: Sequence[Answer], name: str) -> dict[str, Any]:
    found, planted = _total(answers, name), _total(answers, "photos")
    low, high = _interval(found, planted)
    return {
        "found": found,
        "planted": planted,
        "share": found / planted,
        "from": low,
        "to": high,
    }


def _rate(answers: Sequence[Answer], name: str) -> dict[str, Any]:
    """Count untrue pairs for a thousand photos."""
    pairs = _total(answers, name)
    low, high = _interval(min(pairs, len(answers)), len(answers))
    return {
        "pairs": pairs,
        "per_1000": A_THOUSAND * pairs / len(answers),
        "from": A_THOUSAND * low,
        "to": A_THOUSAND * high,
    }


def _total(answers: Sequence[Answer], name: str) -> int:
    return sum(getattr(one, name) for one in answers)


def _interval(found: int, of: int) -> list[float]:
    from intervals.bootstrap import exact_interval

    return exact_interval(found / of, of)
