"""The tables and their constraints, one module a noun; importing any of them registers them all."""

from curator.base.models import (
    consents,
    erasures,
    events,
    exports,
    freezes,
    labelstudio,
    pairs,
    photos,
    ratings,
    settings,
    users,
)

__all__ = [
    "consents",
    "erasures",
    "events",
    "exports",
    "freezes",
    "labelstudio",
    "pairs",
    "photos",
    "ratings",
    "settings",
    "users",
]
