"""Attribute values as stored: in columns of ratings and rulings, and in rows of their own."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from curator.base.models.ratings import Adjudication, Rating, RatingValue, RulingValue
from curator.ratings.attributes import Attribute, attributes, further_attributes

FurtherValues = Mapping[
    int, Mapping[str, Sequence[str]]
]  # codes by rating (or ruled photo) and attribute


def value_columns(table: type[Rating | Adjudication]) -> list[InstrumentedAttribute[str]]:
    """Return the columns of the attributes that have one, to select with the label."""
    return [getattr(table, attribute.code) for attribute in attributes() if attribute.has_column]


def further_values(
    session: Session, table: type[Rating | Adjudication], owners: Collection[int] | None = None
) -> FurtherValues:
    """Return the values that ratings or rulings hold in rows of their own; of all without `owners`."""
    if not further_attributes():
        return {}
    of_ratings = (RatingValue.rating_id, RatingValue.attribute, RatingValue.value)
    of_rulings = (RulingValue.photo_id, RulingValue.attribute, RulingValue.value)
    columns = of_ratings if table is Rating else of_rulings
    found = select(*columns) if owners is None else select(*columns).where(columns[0].in_(owners))
    further: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for owner, attribute, value in session.execute(found):
        further[owner][attribute].append(value)
    return further


def values_in(row: Any, further: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the values of a rating or ruling, or of a row selected with `value_columns`."""
    return {
        attribute.code: getattr(row, attribute.code)
        if attribute.has_column
        else attribute.joined(further.get(attribute.code, ()))
        for attribute in attributes()
    }


def has_value(attribute: Attribute, value: str) -> ColumnElement[bool]:
    """Return the condition that a Rating has a value, alone or among others."""
    if attribute.has_column:
        held: ColumnElement[bool] = getattr(Rating, attribute.code) == value
        return held
    if value == attribute.unknown:
        return ~exists().where(*_of(Rating, attribute, RatingValue))
    return exists().where(*_of(Rating, attribute, RatingValue), RatingValue.value == value)


def values_differ(one: type[Rating], other: type[Rating]) -> ColumnElement[bool]:
    """Return the condition that two aliased ratings disagree on an attribute that both know."""
    compared = [attribute for attribute in attributes() if attribute.is_compared]
    return or_(false(), *(_value_differs(attribute, one, other) for attribute in compared))


def _value_differs(
    attribute: Attribute, one: type[Rating], other: type[Rating]
) -> ColumnElement[bool]:
    if attribute.has_column:
        first, second = getattr(one, attribute.code), getattr(other, attribute.code)
        unknown = attribute.unknown
        return and_(first != unknown, second != unknown, first != second)
    return or_(_has_more(attribute, one, other), _has_more(attribute, other, one))


def _has_more(attribute: Attribute, one: type[Rating], other: type[Rating]) -> ColumnElement[bool]:
    """Return the condition that one has a value that the other, knowing the attribute, lacks."""
    first, second, same = aliased(RatingValue), aliased(RatingValue), aliased(RatingValue)
    # `other` belongs to a query two levels up: correlate it rather than join it again.
    is_shared = exists().where(*_of(other, attribute, same), same.value == first.value)
    is_shared = is_shared.correlate(other, first)
    knows = exists().where(*_of(other, attribute, second))
    return and_(knows, exists().where(*_of(one, attribute, first), ~is_shared))


def _of(
    rating: type[Rating], attribute: Attribute, value: type[RatingValue]
) -> tuple[ColumnElement[bool], ...]:
    return value.rating_id == rating.id, value.attribute == attribute.code
