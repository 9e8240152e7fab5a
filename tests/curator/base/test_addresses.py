"""Addresses of one post are stored as one, however they were copied."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from curator.base.addresses import POST_URL, post_address, rewrite_addresses
from curator.base.csv_table import posts_by_file
from curator.base.db import Sessions, reading
from curator.base.models.photos import Photo
from curator.photos.importing import ImportResult

CODE = "CxY-1_z"
OF_ONE_POST = [
    f"https://www.instagram.com/p/{CODE}/",
    f"https://www.instagram.com/p/{CODE}",
    f"http://instagram.com/p/{CODE}/",
    f" https://www.instagram.com/p/{CODE}/?img_index=2 ",
    f"https://www.instagram.com/p/{CODE}/?utm_source=ig_web_copy_link&igsh=MzRlODBiNWFlZA==",
    f"https://m.instagram.com/p/{CODE}/#comments",
    f"HTTPS://WWW.Instagram.com/p/{CODE}/",
    f"https://www.instagram.com/anna.b/p/{CODE}/",
    f"https://www.instagram.com/reel/{CODE}/",
    f"https://instagr.am/p/{CODE}",
    f"www.instagram.com/p/{CODE}/",
]


@pytest.mark.parametrize("given", OF_ONE_POST)
def test_an_address_of_an_instagram_post_keeps_its_short_code(given: str) -> None:
    assert post_address(given) == POST_URL.format(CODE)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("http://Example.org:80/a/B/?utm_source=x#top", "https://example.org/a/B"),
        (
            "https://www.example.org/photo.php?fbid=7&fbclid=q",
            "https://example.org/photo.php?fbid=7",
        ),
        ("https://example.org/photo.php?fbid=8", "https://example.org/photo.php?fbid=8"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org/p/caf%C3%A9", "https://example.org/p/caf%C3%A9"),
        ("https://www.instagram.com/anna.b/", "https://instagram.com/anna.b"),
        ("https://notinstagram.com/p/A/", "https://notinstagram.com/p/A"),
        ("post 12", "post 12"),
        ("u", "u"),
        ("", ""),
        ("https://[x/p", "https://[x/p"),
        ("https://example.org:port/p", "https://example.org:port/p"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_other_addresses_lose_only_what_makes_no_other_post(given: str, stored: str) -> None:
    assert post_address(given) == stored
    assert post_address(stored) == stored


def test_short_codes_differ_by_case() -> None:
    assert post_address("https://www.instagram.com/p/AbC/") != post_address(
        "https://www.instagram.com/p/abc/"
    )


def test_photos_of_one_post_are_stored_as_such(
    save: Callable[..., Path],
    folder: Path,
    import_all: Callable[..., ImportResult],
    sessions: Sessions,
) -> None:
    table = folder.parent / "posts.csv"
    rows = [f"{number}.png,{url.strip()}" for number, url in enumerate(OF_ONE_POST)]
    table.write_text("\n".join(["file,post_url", *rows]))
    for number in range(len(rows)):
        save(f"{number}.png", number)
    import_all(posts=posts_by_file(table))
    with reading(sessions) as session:
        assert session.scalars(select(Photo.post_url).distinct()).all() == [POST_URL.format(CODE)]


def test_addresses_stored_before_are_rewritten(
    save: Callable[..., Path], import_all: Callable[..., ImportResult], sessions: Sessions
) -> None:
    for number in range(len(OF_ONE_POST)):
        save(f"{number}.png", number)
    import_all()
    with sessions.begin() as session:
        for photo, url in zip(session.scalars(select(Photo)), OF_ONE_POST, strict=True):
            photo.post_url = url
    with sessions.begin() as session:
        rewrite_addresses(session)
        rewrite_addresses(session)
    with reading(sessions) as session:
        assert session.scalars(select(Photo.post_url).distinct()).all() == [POST_URL.format(CODE)]
