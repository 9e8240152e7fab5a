"""Words that several texts of the trainer share."""


def number_of(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural where there is not one: `1 photo`, `2 photos`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
