"""Reduced pictures of the photos for pages: cached, made anew when missing, no metadata."""

from curator.config import Config
from curator.imaging import load, preview
from curator.store import Store, write_file


def preview_bytes(config: Config, sha: str, file_format: str, longest_side_px: int) -> bytes:
    """Return a JPEG of a stored photo."""
    store = Store(config.instance)
    path = store.preview(sha, longest_side_px)
    try:
        return path.read_bytes()
    except FileNotFoundError:  # the cache may be emptied at any time
        content = preview(load(store.photo(sha, file_format)), longest_side_px)
        write_file(path, content, lasting=False)
        return content
