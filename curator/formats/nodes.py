"""Values in a parsed file, each with its place, read as what a format has there."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from curator.base.errors import InputInvalid
from curator.base.messages import Translatable, translatable

AN_OBJECT = translatable("an object in braces")
A_LIST = translatable("a list in brackets")
A_TEXT = translatable("a text")
A_NUMBER = translatable("a number")
A_FILE = translatable("the file")
SHOWN = 40  # characters of a wrong value


class Malformed(InputInvalid):
    """A value in a file is not what its format has there."""

    kind = "format"


@dataclass(frozen=True)
class Node:
    """A value at a place in a file, such as `annotations[3].bbox`; None where the file has none."""

    value: object
    place: str = ""

    def __getitem__(self, key: str) -> "Node":
        return Node(self._mapping().get(key), f"{self.place}.{key}" if self.place else key)

    def __bool__(self) -> bool:
        return self.value not in (None, "", [], {})

    def items(self) -> Iterator["Node"]:
        """Yield a list's values."""
        for index, value in enumerate(self._list()):
            yield Node(value, f"{self.place}[{index}]")

    def members(self) -> Iterator[tuple[str, "Node"]]:
        """Yield an object's values with their names."""
        for key in self._mapping():
            yield _storable(key), self[key]

    def values(self) -> Iterator["Node"]:
        """Yield the values of a list, or of an object that stands for one."""
        return (node for _, node in self.members()) if self.is_object else self.items()

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, Mapping)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)

    def text(self) -> str:
        """Return a text, or a number or boolean as JSON writes it."""
        match self.value:
            case None:
                return ""
            case str():
                return _storable(self.value).strip()
            case bool():
                return "true" if self.value else "false"
            case float() if self.value.is_integer():
                return str(int(self.value))
            case int() | float():
                return str(self.value)
        raise self.wrong(A_TEXT)

    def number(self) -> float:
        """Return a finite number, also one that is written as a text."""
        if isinstance(self.value, int | float | str) and not isinstance(self.value, bool):
            try:
                number = float(self.value)
            except (ValueError, OverflowError):
                raise self.wrong(A_NUMBER) from None
            if math.isfinite(number):
                return number
        raise self.wrong(A_NUMBER)

    def numbers(self) -> list[float]:
        values = self._list()
        if {*map(type, values)} == {float} and all(map(math.isfinite, values)):  # quick: most are
            return values
        return [node.number() for node in self.items()]

    def wrong(self, expected: Translatable) -> Malformed:
        """Return the error that the value is not what is expected there."""
        place = self.place or A_FILE
        if self.value is None:
            return Malformed(
                translatable("%(place)s is missing: it should be %(expected)s"),
                place=place,
                expected=expected,
            )
        return Malformed(
            translatable("%(place)s is %(given)s: it should be %(expected)s"),
            place=place,
            given=self._shown(),
            expected=expected,
        )

    def _shown(self) -> str:
        if self.is_object:
            return AN_OBJECT
        if self.is_list:
            return A_LIST
        shown = _storable(repr(self.value))
        return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."

    def _mapping(self) -> Mapping[str, object]:
        if isinstance(self.value, Mapping):
            return self.value
        if self.value is None:
            return {}
        raise self.wrong(AN_OBJECT)

    def _list(self) -> list[Any]:
        if isinstance(self.value, list):
            return self.value
        if self.value is None:
            return []
        raise self.wrong(A_LIST)


def _storable(text: str) -> str:
    """Return a text without NUL and halves of characters, which no database takes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
