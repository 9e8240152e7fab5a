"""Which persons of an export have two photos, that are not copies of one, by which they could be found again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.errors import PersonsTooFew
from trainer.exports.manifest import Example, Export
from trainer.leaks.search import find_copies
from trainer.words import number_of

LEAST_PERSONS = 10


@dataclass(frozen=True)
class Portraits:
    """One region of each photo; `copies` counts the further ones, which show a photo of their group again.

    A person is a group of the export: the manifest tells no more.
    """

    examples: tuple[Example, ...]
    copies: int

    @property
    def persons(self) -> int:
        """Count the persons with two photos or more."""
        return len(self._of_persons)

    @property
    def regions(self) -> int:
        """Count the regions of these persons."""
        return sum(self._of_persons)

    @property
    def _of_persons(self) -> list[int]:
        counts = Counter(example.group for example in self.examples)
        return [count for count in counts.values() if count > 1]


def find_portraits(export: Export) -> Portraits:
    """Take one region of each photo: a copy would be found again without any face.

    Raises:
        PersonsTooFew: of too few persons there is a second photo.
    """
    kept = _without_copies(export.examples, find_copies(export))
    portraits = Portraits(kept, len(export.examples) - len(kept))
    if portraits.persons < LEAST_PERSONS:
        has = "has" if portraits.persons == 1 else "have"
        raise PersonsTooFew(
            f"{number_of(portraits.persons, 'person')} of this export {has} two photos that are not copies "
            f"of one, and it takes {LEAST_PERSONS} to tell how many can be found again: that is no "
            "sign that it is anonymous; treat it as personal data"
        )
    return portraits


def _without_copies(
    examples: Sequence[Example], pairs: Sequence[tuple[Example, Example]]
) -> tuple[Example, ...]:
    """Keep the first of all that are joined by pairs, directly or through others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = {example.id: at for at, example in enumerate(examples)}
    ends = np.array([[place[one.id], place[other.id]] for one, other in pairs], int).reshape(-1, 2)
    size = (len(examples), len(examples))
    joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=size)
    _, photo_of = connected_components(joined, directed=False)
    first = np.unique(photo_of, return_index=True)[1]
    return tuple(examples[at] for at in sorted(first.tolist()))
