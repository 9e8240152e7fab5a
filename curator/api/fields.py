"""Fields of the API's schemas: strict, and described exactly as they are checked."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
from flask_babel import gettext

from curator.base.messages import Translatable
from curator.http.limits import LONGEST_TEXT
from curator.ratings.attributes import Attribute, attributes
from curator.ratings.regions import stored_region
from faces.regions import MAX_POINTS

MOST_NUMBER = 2**31 - 1  # of a row: the integers of PostgreSQL end here
UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # databases keep neither


class Schema(ma.Schema):
    """What a body or an answer holds, and nothing else."""

    class Meta:
        unknown = ma.RAISE


class Text(ma.fields.String):
    """Text that a database can keep."""

    def __init__(self, *, most: int = LONGEST_TEXT, least: int = 0, **options: Any) -> None:
        metadata = {"pattern": "^[^\\u0000]*$"} | options.pop("metadata", {})
        length = ma.validate.Length(min=least or None, max=most)
        super().__init__(validate=length, metadata=metadata, **options)

    def _deserialize(self, *given: Any, **more: Any) -> str:
        text = super()._deserialize(*given, **more)
        if UNSTORABLE.search(text):
            raise ma.ValidationError("Contains a character that is none.")
        return text


class Code(ma.fields.String):
    """One of some codes."""

    def __init__(self, codes: tuple[str, ...], **options: Any) -> None:
        super().__init__(validate=ma.validate.OneOf(codes), **options)


class Flag(ma.fields.Boolean):
    """A JSON boolean, and no other value that may be meant for one."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Whole(ma.fields.Integer):
    """A JSON integer."""

    def __init__(self, least: int, most: int = MOST_NUMBER, **options: Any) -> None:
        limits = ma.validate.Range(least, most)
        super().__init__(strict=True, validate=limits, **options)

    def _deserialize(self, value: Any, *given: Any, **more: Any) -> int:
        is_integral = isinstance(value, float) and value.is_integer()  # JSON knows no difference
        number: int = super()._deserialize(int(value) if is_integral else value, *given, **more)
        return number


class QueryNumber(ma.fields.Integer):
    """A whole number in an address, in plain digits."""

    def __init__(self, least: int, most: int = MOST_NUMBER, **options: Any) -> None:
        super().__init__(validate=ma.validate.Range(least, most), **options)

    def _deserialize(self, value: Any, *given: Any, **more: Any) -> int:
        if not re.fullmatch("-?[0-9]{1,19}", str(value)):
            raise self.make_error("invalid", input=value)
        number: int = super()._deserialize(value, *given, **more)
        return number


class Seconds(ma.fields.Float):
    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(validate=ma.validate.Range(0, most), **options)

    def _deserialize(self, value: Any, *given: Any, **more: Any) -> float:
        if not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        number: float = super()._deserialize(value, *given, **more)
        return number


class Moment(ma.fields.DateTime):
    """A time, stored in UTC without a zone."""

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return value.replace(tzinfo=UTC).isoformat() if value else None


class Day(ma.fields.Date):
    def _serialize(self, value: date | None, *_: Any, **__: Any) -> str | None:
        return value.isoformat() if value else None


class Points(ma.fields.Field[str]):
    """Points in fractions of the upright photo, origin top left: a region, or null for none."""

    def __init__(self, *, least: int = 3, most: int = MAX_POINTS, **options: Any) -> None:
        super().__init__(allow_none=True, **options)
        self.least, self.most = least, most

    def _serialize(self, value: str | None, *_: Any, **__: Any) -> list[list[float]] | None:
        return [list(point) for point in stored_region(value)] or None

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise ma.ValidationError(f"Must be {self.least} to {self.most} points [x, y].")
        return " ".join(self._point(point) for point in value)

    def _point(self, point: Any) -> str:
        is_pair = isinstance(point, list) and len(point) == 2
        if not is_pair or not all(map(_is_fraction, point)):
            raise ma.ValidationError("A point is [x, y], each a number from 0 to 1.")
        return f"{float(point[0])!r},{float(point[1])!r}"


class Values(ma.fields.Field[Mapping[str, str]]):
    """The values of the study's attributes by code; several values as a list."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        return {
            attribute.code: list(attribute.chosen(value[attribute.code]))
            if attribute.is_multiple
            else value[attribute.code]
            for attribute in attributes()
            if attribute.code in value
        }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ma.ValidationError("Must be an object of attributes.")
        known = {attribute.code: attribute for attribute in attributes()}
        wrong = {
            str(code): [f"Must be {_allowed(known[code])}." if code in known else "Unknown field."]
            for code, said in value.items()
            if code not in known or not _fits(known[code], said)
        }
        if wrong:
            raise ma.ValidationError(wrong)
        return {code: known[code].joined(_codes(said)) for code, said in value.items()}


class Name(ma.fields.String):
    """A text in the language of the request."""

    def _serialize(self, value: Any, *given: Any, **more: Any) -> str | None:
        said = gettext(value) if isinstance(value, Translatable) else value
        return super()._serialize(said, *given, **more)


def described(_converter: Any, field: ma.fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Describe a field of this module in JSON Schema."""
    if isinstance(field, Points):
        number = {"type": "number", "minimum": 0, "maximum": 1}
        point = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        bounds = {"minItems": field.least, "maxItems": field.most}
        return {"type": ["array", "null"], "items": point, **bounds}
    if isinstance(field, Values):
        named = {attribute.code: _schema(attribute) for attribute in attributes()}
        return {"type": "object", "properties": named, "additionalProperties": False}
    return {}


def _schema(attribute: Attribute) -> dict[str, Any]:
    if not attribute.is_multiple:
        return {"type": "string", "enum": _single(attribute)}
    one = {"type": "string", "enum": list(attribute.codes)}
    return {"type": "array", "items": one, "uniqueItems": True}


def _single(attribute: Attribute) -> list[str]:
    """Return what may stand where one value is recorded: a code, or that it is not known."""
    return [*dict.fromkeys((*attribute.codes, attribute.default, attribute.unknown))]


def _allowed(attribute: Attribute) -> str:
    kind = "a list of" if attribute.is_multiple else "one of"
    return f"{kind}: {', '.join(attribute.codes)}"


def _fits(attribute: Attribute, said: Any) -> bool:
    if not attribute.is_multiple:
        return isinstance(said, str) and said in _single(attribute)
    if not isinstance(said, list) or not all(isinstance(code, str) for code in said):
        return False
    return set(said) <= set(attribute.codes) and len(set(said)) == len(said)


def _codes(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def _is_fraction(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= 1 and math.isfinite(value)
