"""Reads the trainer's pages as a browser would, without one."""

import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """The addresses, elements and cells of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.cells: list[str] = []
        self._is_in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its addresses; a cell begins."""
        names = ("src", "href", "xlink:href", "srcset", "data", "action")
        self.addresses += [value or "" for name, value in attrs if name in names]
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")
            self._is_in_cell = True
        elif self._is_in_cell and tag == "small":
            self.cells[-1] += " "

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in ("td", "th"):
            self._is_in_cell = False
            self.cells[-1] = " ".join(self.cells[-1].split())

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self._is_in_cell:
            self.cells[-1] += data

    def row_of(self, name: str, width: int) -> list[str]:
        """Give the cells that follow the first one of this name."""
        at = self.cells.index(name)
        return self.cells[at + 1 : at + 1 + width]


def check_self_contained(text: str, links: tuple[str, ...]) -> None:
    """Fail where a page would run or fetch anything, or has one id twice."""
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "form"} & set(page.tags)
    elsewhere = {x for x in page.addresses if not x.startswith(("#", "data:image/"))}
    assert elsewhere == set(links)
    assert not re.search(r"url\((?!#)|@import", text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
