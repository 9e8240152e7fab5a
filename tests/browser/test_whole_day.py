"""A whole day of a small team in a real browser, from 20 uploaded photos to an export, by keys where there are keys."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from curator.base.models.photos import Photo
from curator.base.models.ratings import Suggestion
from curator.web.queues import DONE
from demo.collection import write_collection
from tests.browser.conftest import enter
from tests.browser.hands import notice, press, shows_photo, sign_out, wait_for_editor
from tests.curator.accounts import add_accounts
from tests.curator.databases import environment_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SignIn = Callable[..., Page]
LABEL_KEYS = {"positive": "1", "negative": "2"}
SEX_KEYS = {"female": "f", "male": "m"}
UPLOADED = 20


class Face(NamedTuple):
    file: str
    label: str
    sex: str
    is_copy: bool


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn faces: two photos of most people, and copies of some."""
    folder = tmp_path_factory.mktemp("collection") / "drawn"
    write_collection(folder, people=9, seed=3)
    return folder


@pytest.fixture(scope="module")
def faces(collection: Path) -> dict[str, Face]:
    """Twenty of them: all copies that are not the same pixels, and photos."""
    with (collection / "truth.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["edit"] not in ("exact", "resave")]
    rows.sort(key=lambda row: row["file"].startswith("trap_"))
    return {
        row["file"]: Face(row["file"], row["label"], row["sex"], bool(row["copy_of"]))
        for row in rows[:UPLOADED]
    }


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = Config(instance=tmp_path / "instance", workers=1, suggest=False)
    init_instance(config)
    add_accounts(open_sessions(config))
    return config


@pytest.fixture
def app(config: Config) -> Flask:
    """The app of an instance with accounts and nothing else."""
    return create_app(config)


@pytest.fixture
def sign_in(context: BrowserContext) -> SignIn:
    """Open a page, signed in by the form."""

    def sign_in(path: str, name: str = "ana") -> Page:
        page = context.new_page()
        enter(page, path, name)
        return page

    return sign_in


def test_a_day_leads_from_twenty_files_to_an_export(
    sign_in: SignIn,
    sessions: Sessions,
    config: Config,
    collection: Path,
    faces: dict[str, Face],
) -> None:
    page = sign_in("/admin")
    ask_for_two_raters(page)
    upload(page, [collection / "photos" / name for name in faces])
    suggest(config, sessions)
    copies = sum(face.is_copy for face in faces.values())
    decide_copies(page, copies)

    waiting = UPLOADED - copies
    rate_all(page, sessions, faces, waiting, reload_at=5)
    sign_out(page)

    page = sign_in("/annotate", name="ben")
    disputed = next(name for name, face in faces.items() if not face.is_copy)
    contrary = dict(faces)
    label = "negative" if faces[disputed].label == "positive" else "positive"
    contrary[disputed] = faces[disputed]._replace(label=label)
    rate_all(page, sessions, contrary, waiting)
    sign_out(page)

    page = sign_in("/adjudicate", name="ada")
    adjudicate(page, sessions, faces, disputed)
    export(page, config, waiting, faces)


def ask_for_two_raters(page: Page) -> None:
    page.locator("[name=raters_needed]").fill("2")
    page.get_by_role("button", name="Save settings").click()
    expect(notice(page)).to_be_visible()
    expect(page.locator("[name=raters_needed]")).to_have_value("2")


def upload(page: Page, files: list[Path]) -> None:
    page.goto("/inbox")
    page.locator("[name=source]").fill("#butterflyrash")
    page.locator("#files").set_input_files(files)
    expect(page.locator(f"#summary[data-added='{UPLOADED}']")).to_be_visible()


def suggest(config: Config, sessions: Sessions) -> None:
    """Find the faces as the server's own child would, by the command."""
    subprocess.run(
        [sys.executable, "-m", "flask", "curator", "suggest"],
        env=os.environ | environment_of(config),
        check=True,
        capture_output=True,
    )
    with sessions() as session:
        found = session.scalars(select(Suggestion.region)).all()
    assert len(found) == UPLOADED
    assert sum(map(bool, found)) >= UPLOADED - 1  # a crop may show half a face


def decide_copies(page: Page, copies: int) -> None:
    page.goto("/duplicates")
    for _ in range(copies):
        expect(page.locator("[value=copy]")).to_be_visible()
        press(page, "c")
        page.wait_for_load_state()
    expect(page.locator("#nothing")).to_be_visible()


def rate_all(
    page: Page, sessions: Sessions, faces: dict[str, Face], waiting: int, *, reload_at: int = 0
) -> None:
    """Rate what waits, by three keys each where a region is suggested."""
    names, faceless = names_of_photos(sessions), photos_without_suggestion(sessions)
    page.goto("/annotate")
    for number in range(1, waiting + 1):
        photo = shown(page)
        face = faces[names[photo]]
        if photo in faceless:
            press(page, "g")
        else:
            expect(page.locator(".stage.suggested")).to_be_visible()
        press(page, LABEL_KEYS[face.label], SEX_KEYS[face.sex])
        if number == reload_at:
            page.reload()
            expect(page.locator("#draft")).to_be_visible()
        press(page, "Enter")
        page.wait_for_function("photo => !location.pathname.endsWith(`/${photo}`)", arg=photo)
    expect(page.locator("#nothing")).to_contain_text(DONE["unrated"])


def adjudicate(page: Page, sessions: Sessions, faces: dict[str, Face], disputed: str) -> None:
    [photo] = [photo for photo, name in names_of_photos(sessions).items() if name == disputed]
    page.locator("[data-action=start]").click()
    page.wait_for_url(f"**/annotate/{photo}?queue=adjudicate")
    shown(page)
    assert not {"ana", "ben"} & set(re.findall(r"\w+", page.inner_text("main")))
    press(page, LABEL_KEYS[faces[disputed].label], SEX_KEYS[faces[disputed].sex], "Enter")
    page.wait_for_url(f"**/adjudicate/{photo}")
    expect(page.locator("[data-by=ben]")).to_be_visible()
    press(page, "Enter")
    expect(page.locator("#nothing")).to_be_visible()


def export(page: Page, config: Config, waiting: int, faces: dict[str, Face]) -> None:
    page.goto("/exports")
    for name, share in (("train", "50"), ("val", "25"), ("test", "25")):
        page.locator(f"[name={name}]").fill(share)
    page.locator("#new-export button").click()
    exported = notice(page).filter(has_text="malar-")
    expect(exported).to_have_text(re.compile(rf"\b{waiting}\b"))
    with (config.instance / "exports" / "latest" / "examples.csv").open() as table:
        rows = list(csv.DictReader(table))
    labels = sorted(row["label"] for row in rows)
    assert labels == sorted(face.label for face in faces.values() if not face.is_copy)
    assert sorted(row["raters"] for row in rows) == ["2"] * (waiting - 1) + ["3"]


def names_of_photos(sessions: Sessions) -> dict[int, str]:
    with sessions() as session:
        rows = session.execute(select(Photo.id, Photo.original_name))
        return {photo: name for photo, name in rows}  # noqa: C416  # dict() takes no rows here


def photos_without_suggestion(sessions: Sessions) -> set[int]:
    with sessions() as session:
        return {*session.scalars(select(Suggestion.photo_id).where(Suggestion.region.is_(None)))}


def shown(page: Page) -> int:
    """Wait until a photo can be rated; return its number."""
    wait_for_editor(page)
    photo = re.search(r"/annotate/(\d+)", page.url)
    assert photo
    shows_photo(page, int(photo[1]))
    return int(photo[1])
