"""What tests do on the pages by hand: keys, the pointer on the photo, and what they read off its region."""

import re

from playwright.sync_api import Locator, Page, expect

SUGGESTED = "0.300000,0.450000 0.700000,0.450000 0.600000,0.700000 0.400000,0.700000"
EYES = "0.400000,0.350000 0.600000,0.350000"


def press(page: Page, *keys: str) -> None:
    """Press keys; each may lead to another page, whose script must be there for the next."""
    for key in keys:
        page.locator("html[data-keys=ready]").wait_for(state="attached")
        page.keyboard.press(key)


def naming(*numbers: int) -> re.Pattern[str]:
    """Match a text that names these numbers in this order and no other, whatever its words."""
    return re.compile(r"^\D*" + r"\D+".join(map(str, numbers)) + r"\D*$")


def waits(page: Page, group: int, groups: int, **counted: int) -> None:
    """Expect the group shown, how many wait, and what else the page counts, by its data attributes."""
    told = {"group": group, "groups": groups} | counted
    fitting = "".join(f"[data-{name}='{count}']" for name, count in told.items())
    expect(page.locator(f"#waiting{fitting}")).to_be_attached()


def notice(page: Page) -> Locator:
    """What the page says of the change that led to it."""
    return page.locator(".flashes .notice")


def key_in_help(page: Page, key: str) -> Locator:
    return page.get_by_role("dialog").locator("kbd").get_by_text(key, exact=True)


def read_in(page: Page, language: str) -> None:
    page.locator(f"[name=language][value={language}]").click()
    page.locator(f"[name=language][value={language}][aria-current]").wait_for()


def sign_out(page: Page) -> None:
    page.locator(".who summary").click()
    page.locator("[data-signs-out] button").click()
    page.wait_for_url("**/signin")


def open_menu(page: Page, address: str) -> None:
    """Open the menu of the pages about copies, and go to one of them."""
    page.locator(".title-line .menu summary").click()
    page.locator(f".menu a[href='{address}']").click()


def open_photo(page: Page, photo: int) -> None:
    page.goto(f"/annotate/{photo}")
    wait_for_editor(page)


def wait_for_editor(page: Page) -> None:
    expect(page.locator(".bench[data-ready]")).to_be_attached()


def shows_photo(page: Page, photo: int) -> None:
    expect(page.locator("#title")).to_have_text(naming(photo))


def asks_for(page: Page, missing: str) -> Locator:
    """Expect the page to ask for what is missing of a rating."""
    message = page.locator(f"#message[data-missing={missing}]")
    expect(message).to_be_visible()
    return message


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the photo, in fractions, lies on the screen."""
    box = page.locator("#photo").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def select_corner(page: Page, x: float, y: float) -> None:
    """Click a corner; on a busy machine a click may take so long that it counts as a drag."""
    selected = page.locator(".a9s-handle-selected")
    for _ in range(10):
        page.mouse.click(*at(page, x, y))
        page.wait_for_timeout(100)
        if selected.count():
            return
    expect(selected).to_be_visible()


def region(page: Page) -> list[tuple[float, float]]:
    text = page.locator("[name=region]").input_value()
    assert re.fullmatch(r"(\d\.\d{6},\d\.\d{6} ?)*", text)
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def has_points(page: Page, count: int) -> None:
    expect(page.locator(".a9s-annotationlayer .a9s-corner-handle")).to_have_count(count)
    field = page.locator("[name=region]")
    expect(field).to_have_value(re.compile(rf"^(\S+ ?){{{count}}}$"))
