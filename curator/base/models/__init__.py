"""The tables and their constraints, one module a noun; importing any of them registers them all."""

from curator.base.models import (
    erasures,
    events,
    exports,
    labelstudio,
    pairs,
    photos,
    ratings,
    settings,
    users,
)

__all__ = [
    "erasures",
    "events",
    "exports",
    "labelstudio",
    "pairs",
    "photos",
    "ratings",
    "settings",
    "users",
]
