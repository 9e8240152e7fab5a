"""The parts of a set of predictions that are scored apart: by sex, evidence, further attributes and source."""

from collections.abc import Sequence

from trainer.exports.manifest import EVIDENCE, SEXES
from trainer.runs.predictions import Prediction

KNOWN_VALUES = {"sex": SEXES, "evidence": EVIDENCE}


def parts_of(predictions: Sequence[Prediction]) -> dict[str, dict[str, list[Prediction]]]:
    """Divide predictions by each column, and by each of its values, in an order that means something.

    A photo with several values of one attribute is in several parts.
    """
    further = predictions[0].further if predictions else {}
    return {
        column: _by_value(predictions, column) for column in ("sex", "evidence", *further, "source")
    }


def key_of(column: str) -> str:
    """Return the key under which metrics.json holds the scores by a column."""
    return f"by_{column}"


def title_of(column: str) -> str:
    """Return what reports call a column."""
    return column.replace("_", " ")


def _by_value(predictions: Sequence[Prediction], column: str) -> dict[str, list[Prediction]]:
    values = {id(one): _values_of(one, column) for one in predictions}
    known = KNOWN_VALUES.get(column) or sorted(
        {value for held in values.values() for value in held}
    )
    return {value: [one for one in predictions if value in values[id(one)]] for value in known}


def _values_of(prediction: Prediction, column: str) -> Sequence[str]:
    if column in prediction.further:
        return prediction.further[column].split() or [""]
    return [getattr(prediction, column)]
