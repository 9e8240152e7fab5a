"""What an export's documents tell: its facts, its rows, what the study states, and what the database counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from curator.exports.manifest import Example
from curator.study.facts import Study

Days = tuple[date, date]  # the first and the last


@dataclass(frozen=True)
class Provenance:
    """Where an export's photos and labels are from, counted: no names.

    Attributes:
        collectors: how many people saved the photos, as far as that is recorded.
        dated: how many photos have the day on which they were collected.
        raters: how many accounts rated or ruled, by role.
    """

    imports: int = 0
    imported: Days | None = None
    collectors: int = 0
    dated: int = 0
    collected: Days | None = None
    raters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Description:
    facts: Mapping[str, Any]
    examples: Sequence[Example]
    study: Study
    provenance: Provenance

    @property
    def frozen_as(self) -> str:
        """Tell the signed state that the export comes from; empty if the study was not frozen."""
        return told_freeze(self.facts)

    @property
    def collected(self) -> tuple[str, ...]:
        """Return the first and last day of collecting, as stated, else as recorded of the photos."""
        first, last = map(str, self.provenance.collected or ("", ""))
        days = (self.study["collected_from"] or first, self.study["collected_until"] or last)
        return tuple(filter(None, days))


def told_freeze(facts: Mapping[str, Any]) -> str:
    """Tell the freeze that an export comes from, in one sentence; empty if there was none."""
    freeze = facts.get("freeze")
    if not freeze:
        return ""
    return (
        f"The study was frozen as {freeze['name']} on {freeze['signed_at'][:10]}, signed by an administrator: "
        f"{freeze['statement'].rstrip('.')}."
    )


def spelled(days: Days) -> str:
    first, last = days
    return f"on {first}" if first == last else f"from {first} to {last}"


def counted(counts: Mapping[str, int]) -> str:
    """Spell counts by kind: `adjudicator (1), annotator (2)`."""
    return ", ".join(f"{kind} ({count})" for kind, count in sorted(counts.items()) if count)
