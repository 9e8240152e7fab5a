"""Invents a collection's posts: who posted each file, with which caption, and who collected it."""

from dataclasses import dataclass, replace

import numpy as np

from demo.edits import pick

SITE = "https://example.org"
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
SYLLABLES = (
    "la",
    "mi",
    "ro",
    "ne",
    "ka",
    "su",
    "ve",
    "to",
    "li",
    "da",
    "po",
    "re",
    "sha",
    "ji",
    "bo",
    "an",
)
COLLECTORS = ("collector1", "collector2", "collector3")
CAPTIONS = (
    "A face drawn for a test \U0001f98b #butterflyrash",
    'They said "just a sunburn", and here we are. #butterflyrash #lupuswarrior',
    "Good light today, bad sleep. #butterflyrash",
    "Same cheeks, different day, #butterflyrash",
    "Appointment on Tuesday.\nWish me luck! #butterflyrash",
    "No filter this time #butterflyrash #invisibleillness",
    "Un día más \u2600 #butterflyrash",
    "Sun hat on, sunscreen on; still this. #butterflyrash",
    "From my camera roll #butterflyrash",
)
SECOND_ACCOUNT_SHARE = 0.15
CAROUSEL_SHARE = 0.4


@dataclass(frozen=True)
class Post:
    """One row of posts.csv; several rows share the address of a carousel post."""

    file: str
    post_url: str
    author: str
    caption: str
    collected_on: str
    collector: str


def random_id(rng: np.random.Generator) -> str:
    """Draw a random post id like a social network's, which reveals nothing."""
    return "".join(LETTERS[rng.integers(0, len(LETTERS), 11)].tolist())


def posts_of(files: list[str], number: int, seed: int) -> list[Post]:
    """Invent the posts of one person's files: some as two in a carousel, some from two accounts."""
    rng = np.random.default_rng([seed, 4, number])
    authors = [account_name(rng, number)]
    if rng.random() < SECOND_ACCOUNT_SHARE:
        authors.append(account_name(rng, number))
    carousel = len(authors) == 1 and len(files) > 1 and rng.random() < CAROUSEL_SHARE
    posts: list[Post] = []
    for place, file in enumerate(files):
        if carousel and place == 1:
            posts.append(replace(posts[0], file=file))
        else:
            posts.append(invent_post(file, authors[place % len(authors)], rng))
    return posts


def invent_post(file: str, author: str, rng: np.random.Generator) -> Post:
    """Invent one post."""
    day = np.datetime64("2024-01-08") + int(rng.integers(0, 420))
    return Post(
        file=file,
        post_url=f"{SITE}/p/{random_id(rng)}/",
        author=author,
        caption=pick(rng, CAPTIONS),
        collected_on=str(day),
        collector=pick(rng, COLLECTORS),
    )


def account_name(rng: np.random.Generator, number: int) -> str:
    """Invent an account name, made unique by the person's number."""
    name = "".join(pick(rng, SYLLABLES) for _ in range(3))
    return f"{name}.{int(rng.integers(1, 10))}{number:03d}"
