"""The queue of odd photos on pages: it says why a photo is odd, and nothing where that was not asked."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from curator.http.terms import EXCLUSIONS
from curator.photos.importing import ImportResult
from tests.curator.api.programs import Program, problem
from tests.curator.browsing import JSON, Visitor, the, words
from tests.curator.scenes import blurred, scene


@pytest.fixture(autouse=True)
def photos(folder: Path, import_all: Callable[..., ImportResult]) -> None:
    """Two photos; the second is blurred."""
    scene(1).save(folder / "1.png")
    blurred(2).save(folder / "2.png")
    import_all()


def test_the_queue_says_why_a_photo_is_odd_and_no_other_queue_does(ana: Visitor) -> None:
    assert ana.get("/annotate?queue=odd").location == "/annotate/2?queue=odd"
    page = ana.see("/annotate/2?queue=odd")
    assert words(the(page, "#why-odd")) == "Blurred"
    assert words(the(page, ".queues summary")) == "Queue: Odd photos"
    assert not ana.see("/annotate/2").select("#why-odd")
    assert not ana.see("/annotate/1?queue=odd").select("#why-odd")


def test_an_excluded_photo_leaves_the_queue(ana: Visitor, ben: Visitor) -> None:
    counts = "/annotate/counts?queue=odd"
    assert ben.get(counts).get_json() == {"left": 1, "total": 1}
    reason = next(iter(EXCLUSIONS))
    ana.post("/annotate/2/exclude?queue=odd", json=True, reason=reason)
    assert ben.get(counts).get_json() == {"left": 0, "total": 0}
    done = words(ben.see("/annotate?queue=odd"))
    assert "No odd photo is left that you have neither rated nor excluded." in done


def test_a_script_gets_the_reason_with_the_photo(ana: Visitor) -> None:
    told = ana.get("/annotate/2?queue=odd", headers=JSON).get_json()
    assert "Blurred" in told["notices"]


def test_the_gallery_shows_the_odd_photos_to_everybody(ben: Visitor) -> None:
    page = ben.see("/gallery?show=odd")
    assert words(the(page, "#total")) == "1 photo"
    assert the(page, "#photos img")["alt"] == "Photo 2"


def test_a_rater_chooses_among_the_odd_photos_by_a_filter(ben: Visitor) -> None:
    assert ben.get("/annotate?queue=filter&show=odd").location.startswith("/annotate/2?")
    assert ben.get("/annotate?queue=filter&show=odd&name=1.png").status_code == 200, "none left"


def test_a_viewer_looks_at_the_queue_and_claims_nothing(app: Flask, ana: Visitor) -> None:
    vera = Visitor(app, "vera")
    assert vera.get("/annotate?queue=odd").location == "/annotate/2?queue=odd"
    assert ana.get("/annotate?queue=odd").location == "/annotate/2?queue=odd"


def test_a_program_gets_odd_photos_as_the_pages_do(app: Flask) -> None:
    ana, ben, ada, vera = (Program(app, name) for name in ("ana", "ben", "ada", "vera"))

    def claimed(program: Program) -> list[int]:
        answer = program.call("POST", "/claims", json={"queue": "odd", "count": 5})
        return [photo["id"] for photo in answer.get_json()["photos"]]

    problem(vera.call("POST", "/claims", json={"queue": "odd"}), 403)
    assert claimed(ben) == [2]
    assert claimed(ana) == [], "ben has claimed it"
    ben.call("DELETE", "/claims/2")
    assert claimed(ada) == [2]
    assert [photo["id"] for photo in vera.read("/photos?show=odd")["items"]] == [2]
