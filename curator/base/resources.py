"""Where the pages and the migrations lie: at the project's top level, or inside the installed package."""

from pathlib import Path


def resource(name: str) -> Path:
    """Return the folder `templates` or `migrations`, as a checkout or a wheel has it."""
    package = Path(__file__).parents[1]
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
