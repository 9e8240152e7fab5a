"""A real server on an instance with a few photos, and a real browser that reports what it must not see."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from waitress.server import create_server

from curator.app import create_app
from curator.base.config import Config
from curator.base.db import Sessions, open_sessions
from curator.base.instance import init_instance
from curator.base.models.ratings import Suggestion
from curator.photos.importing import import_folders
from tests.browser.hands import EYES, SUGGESTED
from tests.curator.accounts import add_accounts
from tests.curator.browsing import Visitor
from tests.curator.drawing import ACCOUNTS, PASSWORD, draw
from tests.curator.orders import photos_by_id

__all__ = ["photos_by_id"]

PATIENCE_MS = 30_000  # for a busy machine; a quiet one answers at once
expect.set_options(timeout=PATIENCE_MS)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's browser, else playwright's own; a machine without one fails, on purpose."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=found, args=arguments)


@pytest.fixture(scope="session")
def drawn_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos; the last two are copies of the first two."""
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(1, 5):
        draw(seed, (640, 480)).save(folder / f"{seed}.jpg", quality=95)
    for seed in (1, 2):
        draw(seed, (640, 480)).save(folder / f"{seed}-copy.jpg", quality=60)
    return folder


@pytest.fixture(scope="session")
def filled_instance(tmp_path_factory: pytest.TempPathFactory, drawn_photos: Path) -> Path:
    config = Config(instance=tmp_path_factory.mktemp("made") / "instance", workers=1)
    init_instance(config)
    sessions = open_sessions(config)
    add_accounts(sessions)
    import_folders(sessions, config, [drawn_photos], source="#drawn", actor="test")
    return config.instance


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve an app; yield where."""
    server = create_server(
        app, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"  # type: ignore[union-attr]
    with suppress(OSError):  # the server may close, its trigger too, before this has pulled it
        server.trigger.pull_trigger(server.close)  # type: ignore[union-attr]
    thread.join(timeout=5)
    server.task_dispatcher.shutdown()


@pytest.fixture
def app(filled_instance: Path, tmp_path: Path) -> Flask:
    """The app of a copy of the instance."""
    instance = tmp_path / "instance"
    shutil.copytree(filled_instance, instance)
    return create_app(Config(instance=instance, workers=1))


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serve(app) as address:
        yield address


@dataclass
class Watch:
    """What the browser reports; `expected` are parts of messages that a test causes itself."""

    host: str
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def on_console(self, message: ConsoleMessage) -> None:
        # A page that is being left by signing out may still ask for the photos that come next.
        ahead = any(part in message.location["url"] for part in ("/photos/", "/annotate/ahead"))
        if message.type in ("error", "warning") and not ("401" in message.text and ahead):
            self.note(f"console: {message.text} {message.location['url']}")

    def note(self, complaint: str) -> None:
        if not any(part in complaint for part in self.expected):
            self.complaints.append(complaint)

    def follow(self, page: Page) -> None:
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.note(f"script: {error}"))
        page.on("request", lambda request: self.check_host(request.url))

    def check_host(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws") and urlsplit(url).netloc != self.host:
            self.note(f"request to another host: {url}")


@pytest.fixture
def watch(address: str) -> Iterator[Watch]:
    watching = Watch(urlsplit(address).netloc)
    yield watching
    assert watching.complaints == []


@pytest.fixture
def context(browser: Browser, address: str, watch: Watch) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=address, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    context.on("page", watch.follow)
    yield context
    context.close()


@pytest.fixture
def sign_in(context: BrowserContext, address: str, app: Flask) -> Callable[..., Page]:
    """Open a page, signed in; the form is left to accounts that a test made, and to tests of the form."""

    def sign_in(path: str = "/", name: str = "ana") -> Page:
        page = context.new_page()
        if name not in dict(ACCOUNTS):
            enter(page, path, name)
            return page
        session = app.config["SESSION_COOKIE_NAME"]
        cookie = Visitor(app, name).client.get_cookie(session)
        assert cookie
        context.add_cookies([{"name": session, "value": cookie.value, "url": address}])
        page.goto(path)
        return page

    return sign_in


def enter(page: Page, path: str, name: str) -> None:
    """Sign in by the form."""
    page.goto(f"/signin?next={path}")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/signin" not in url)


@pytest.fixture
def config(address: str, tmp_path: Path) -> Config:
    """Of the instance that is served."""
    assert address
    return Config(instance=tmp_path / "instance", workers=1)


@pytest.fixture
def sessions(config: Config) -> Sessions:
    return open_sessions(config)


@pytest.fixture
def suggest(sessions: Sessions) -> Callable[..., None]:
    """Suggest one region for these photos."""

    def suggest(*photos: int) -> None:
        found = {"recipe": 1, "faces": 1, "region": SUGGESTED, "eyes": EYES}
        with sessions.begin() as session:
            session.add_all(Suggestion(photo_id=photo, **found) for photo in photos)

    return suggest


@pytest.fixture
def large_photo(sessions: Sessions, config: Config, tmp_path: Path) -> int:
    """A photo larger than the picture on the page."""
    folder = tmp_path / "large"
    folder.mkdir()
    draw(77, (2000, 1500)).save(folder / "large.jpg", quality=80)
    import_folders(sessions, config, [folder], actor="test")
    return 7


@pytest.fixture
def phone(
    sign_in: Callable[..., Page], context: BrowserContext, browser: Browser, address: str
) -> Iterator[Page]:
    """A page under fingers, signed in."""
    sign_in("/")
    phone = browser.new_context(
        base_url=address,
        storage_state=context.storage_state(),
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    yield phone.new_page()
    phone.close()
