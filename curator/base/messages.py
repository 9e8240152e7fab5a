"""Marks texts that are translated where they are shown, not where they stand."""


class Words(str):
    """A text to translate, which may be a value within another."""

    __slots__ = ()


class Listed(tuple[object, ...]):
    """Values that a text names one after the other: `1 and 2 and 3`."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.joined(AND)

    def joined(self, word: str) -> str:
        return word.join(map(str, self))


def marked(text: str) -> Words:
    """Return the text as it is; the search for texts to translate finds it by this call."""
    return Words(text)


AND = marked(" and ")
LABELS = marked("positive"), marked("negative"), marked("unsure")  # amid a text
