"""Marks texts that are translated where they are shown, not where they stand."""


def marked(text: str) -> str:
    """Return the text as it is; the search for texts to translate finds it by this call."""
    return text
