"""Locates templates and migrations: at the project's top level or inside the installed package."""

from pathlib import Path


def resource(name: str) -> Path:
    """Return the folder `templates` or `migrations`, in a checkout or an installed wheel."""
    package = Path(__file__).parents[1]
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
