"""Marks texts for translation where they are shown rather than where they are defined."""


class Translatable(str):
    """A text to translate, possibly used as a value within another."""

    __slots__ = ()


class Listed(tuple[object, ...]):
    """Values to list in a text: `1 and 2 and 3`."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.joined(AND)

    def joined(self, word: str) -> str:
        return word.join(map(str, self))


def translatable(text: str) -> Translatable:
    """Return the text unchanged; this call marks it for the extraction of texts to translate."""
    return Translatable(text)


AND = translatable(" and ")
LABELS = (
    translatable("positive"),
    translatable("negative"),
    translatable("unsure"),
)  # within a sentence
