"""An account that is bound to a site sees nothing of another: no page, picture, number or answer tells of it."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from curator.api.roles import ACCESS as ACCESS_OF_API
from curator.api.roles import FOR_BOUND as API_FOR_BOUND
from curator.base.accounts import set_role, set_sites
from curator.base.config import Config
from curator.base.db import Sessions, reading
from curator.base.errors import InputInvalid, NotAllowed
from curator.base.models.base import Base
from curator.base.models.pairs import PhotoPair
from curator.base.models.photos import Person, Photo
from curator.base.visibility import SITES, see_only, whole_study
from curator.copies.search import find_pairs
from curator.photos.importing import import_folders
from curator.ratings.assessments import Assessment
from curator.ratings.saving import save_rating
from curator.ratings.settings import Project, change_project
from curator.web.roles import ACCESS, FOR_BOUND
from tests.curator.api.programs import Program
from tests.curator.browsing import JSON, Visitor
from tests.curator.drawing import REGION, draw

OURS, THEIRS = "#ours", "#theirs"
FOREIGN = ("foreign", "theirs", "zoe-of-theirs", "P-THEIRS")  # names, source, caption, person
COUNTED = 7  # photos of both sites; a number that nothing else on the pages is


@pytest.fixture(autouse=True)
def seen_by_nobody() -> Iterator[None]:
    """Leave no test's sites to the next."""
    yield
    see_only(())


@pytest.fixture
def sites(sessions: Sessions, config: Config, tmp_path: Path) -> tuple[list[int], list[int]]:
    """The photos of our site and of theirs; one of theirs looks like one of ours, and ana has rated them all."""
    made = {OURS: range(1, 4), THEIRS: range(4, 8)}
    for source, seeds in made.items():
        folder = tmp_path / source.strip("#")
        folder.mkdir()
        for seed in seeds:
            name = "own" if source == OURS else "foreign"
            draw(1 if seed == 4 else seed).save(
                folder / f"{name}-{seed}.jpg", quality=60 if seed == 4 else 95
            )
        import_folders(sessions, config, [folder], source=source, actor="ana")
    change_project(sessions, Project(raters_needed=2, show_sources=True), actor="ana")
    with sessions.begin() as session:
        theirs = session.scalars(select(Photo.id).where(Photo.source == THEIRS)).all()
        ours = session.scalars(select(Photo.id).where(Photo.source == OURS)).all()
        person = Person(code="P-THEIRS")
        session.add(person)
        session.flush()
        told = {"person_id": person.id, "caption": "zoe-of-theirs"}
        session.execute(update(Photo).where(Photo.source == THEIRS).values(**told))
    for photo in (*ours, *theirs):
        word = Assessment("positive", {"sex": "female"}, REGION, note="a note of zoe-of-theirs")
        save_rating(sessions, photo, "ana", word, expected_version=0)
    find_pairs(sessions, config, config.dedup_radius_bits)
    with reading(sessions) as session:
        across = session.scalars(select(PhotoPair)).all()
        assert any(
            {pair.photo_a_id in ours, pair.photo_b_id in ours} == {True, False} for pair in across
        )
    assert len(ours) + len(theirs) == COUNTED
    return [*ours], [*theirs]


@pytest.fixture
def bound(sessions: Sessions, sites: tuple[list[int], list[int]]) -> None:
    for name in ("ben", "vera"):
        set_sites(sessions, name, [OURS], actor="ana")


def addresses(app: Flask, method: str, photo: int) -> Iterator[tuple[str, str, bool]]:
    """Yield endpoint, address and whether it names a photo, of every route that accepts the method."""
    with app.test_request_context("/"):
        for rule in app.url_map.iter_rules():
            if method in (rule.methods or ()) and rule.endpoint != "static":
                built = rule.build(dict.fromkeys(rule.arguments, photo))
                assert built
                yield rule.endpoint, str(built[1]), "photo_id" in rule.arguments


def test_every_open_route_is_one_that_there_is() -> None:
    assert {*ACCESS} >= FOR_BOUND
    assert {*ACCESS_OF_API} >= API_FOR_BOUND


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("name", ["ben", "vera"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_lets_in_with_a_photo_of_another_site(
    app: Flask, sites: tuple[list[int], list[int]], name: str, method: str
) -> None:
    visitor, let_in = Visitor(app, name), []
    for endpoint, address, is_of_photo in addresses(app, method, sites[1][0]):
        if endpoint in ACCESS_OF_API or endpoint == "auth.sign_out":
            continue
        fields = {"photo": sites[1][0], "label": "positive", "sex": "male", "region": REGION}
        fields |= {"version": 0, "event": 1, "keep": sites[1][0]}
        ask = partial(visitor.post, json=True, **fields) if method == "POST" else visitor.get
        status = ask(address).status_code
        if endpoint not in FOR_BOUND:
            assert status in (403, 404), (endpoint, status)
        elif is_of_photo:
            assert status in (403, 404), (endpoint, status)
            missing = ask(address.replace(f"/{sites[1][0]}", "/99999")).status_code
            assert status == missing, endpoint  # as if it did not exist
            let_in += [] if status in (403, 404) else [endpoint]
    assert let_in == []


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("name", ["ben", "vera"])
def test_no_operation_of_the_api_lets_in_with_a_photo_of_another_site(
    app: Flask, sites: tuple[list[int], list[int]], name: str
) -> None:
    program = Program(app, name)
    foreign = sites[1][0]
    for method in ("GET", "POST", "PUT", "DELETE"):
        for endpoint, address, is_of_photo in addresses(app, method, foreign):
            if endpoint not in ACCESS_OF_API:
                continue
            path = address.removeprefix("/api/v1")
            answer = program.call(method, path, json={} if method != "GET" else None)
            if endpoint not in API_FOR_BOUND:
                assert answer.status_code in (403, 404), (endpoint, answer.status_code)
            elif is_of_photo:
                assert answer.status_code in (403, 404, 422), (endpoint, answer.status_code)
            told = answer.text
            assert not [word for word in FOREIGN if word in told.replace("otheirs", "")], endpoint


def pages_of(visitor: Visitor, ours: list[int]) -> Iterator[tuple[str, str]]:
    """Yield all pages that an account of a site can open."""
    queues = ("unsure", "disagreements", "filter", "skipped", "rated", "adjudicate", "odd")
    filters: tuple[str, ...] = (
        "",
        "?show=rated",
        "?show=copies",
        "?show=excluded",
        "?show=no_region",
        "?search=foreign",
    )
    filters += (f"?source={THEIRS[1:]}", "?source=%23theirs", "?person=P-THEIRS", "?q=foreign")
    for address in (
        *("/", "/overview", "/inbox", "/password", "/second-factor", "/annotate"),
        *(f"/annotate?queue={queue}" for queue in queues),
        *(f"/annotate/counts?queue={queue}" for queue in queues),
        *("/annotate/counts", "/annotate/ahead", "/annotate/previous"),
        *(f"/gallery{wanted}" for wanted in filters),
        *(f"/{page}/{photo}" for page in ("photos", "annotate") for photo in ours),
        *(f"/annotate/{ours[0]}?queue={queue}" for queue in queues),
        *("/duplicates", "/duplicates/people", "/duplicates/decisions", "/exports", "/runs"),
        *("/agreement", "/adjudicate", "/admin", "/duplicates/search", "/duplicates/removed"),
    ):
        for headers in ({}, JSON) if "annotate" in address else ({},):
            answer = visitor.get(address, headers=headers, follow_redirects=True)
            assert answer.status_code in (200, 400, 403, 404), (address, answer.text)
            yield address, answer.text


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("name", ["ben", "vera"])
def test_no_page_tells_of_another_site(
    app: Flask, sites: tuple[list[int], list[int]], name: str
) -> None:
    ours, theirs = sites
    visitor = Visitor(app, name)
    for address, page in pages_of(visitor, ours):
        typed = [
            word for word in FOREIGN if word in address
        ]  # which a page may show to who typed it
        assert not [word for word in FOREIGN if word in page and word not in typed], address
        for photo in theirs:
            assert not re.search(rf"/(photos|annotate)/{photo}\b", page), (address, photo)
        assert not re.search(rf"\b{COUNTED} (photos|fotos)\b", page), address
        assert not re.search(rf"\b{len(theirs)} (photos|fotos)\b", page), address


@pytest.mark.usefixtures("bound")
def test_a_rater_of_a_site_works_as_usual(
    app: Flask, sessions: Sessions, sites: tuple[list[int], list[int]]
) -> None:
    ben = Visitor(app, "ben")
    done = []
    for _ in range(len(sites[0])):
        photo = int(str(ben.get("/annotate").location).rsplit("/", 1)[1].split("?")[0])
        fields = {"label": "positive", "sex": "male", "evidence": "visual", "region": REGION}
        saved = ben.post(f"/annotate/{photo}", json=True, version=0, **fields)
        assert saved.status_code == 200, saved.text
        done.append(photo)
    assert sorted(done) == sites[0]
    assert ben.get("/photos/1/display").status_code == 200
    set_sites(sessions, "ben", [], actor="ana")
    left = [int(str(ben.get("/annotate").location).rsplit("/", 1)[1].split("?")[0])]
    assert left[0] in sites[1]  # the others have their place in the rater's order


@pytest.mark.usefixtures("bound")
def test_others_see_what_they_saw(app: Flask, sites: tuple[list[int], list[int]]) -> None:
    ben, ana = Visitor(app, "ben"), Visitor(app, "ana")
    for _ in range(2):
        assert ben.get(f"/photos/{sites[1][0]}").status_code == 404
        assert ana.get(f"/photos/{sites[1][0]}").status_code == 200
        assert f"/photos/{sites[1][0]}" in ana.page("/gallery")
        assert f"/photos/{sites[1][0]}" not in ben.page("/gallery")


@pytest.mark.usefixtures("bound")
def test_each_sees_their_own_site(
    app: Flask, sessions: Sessions, sites: tuple[list[int], list[int]]
) -> None:
    set_sites(sessions, "vera", [THEIRS], actor="ana")
    for _ in range(2):  # the second time from what the database layer remembers of the first
        for name, own, other in (("ben", *sites), ("vera", *sites[::-1])):
            page = Visitor(app, name).page("/gallery")
            assert all(f"/photos/{photo}?" in page or f'/photos/{photo}"' in page for photo in own)
            assert not any(re.search(rf"/photos/{photo}\b", page) for photo in other)


@pytest.mark.usefixtures("bound")
def test_every_table_that_names_a_photo_is_kept_to_the_sites(
    sessions: Sessions, sites: tuple[list[int], list[int]]
) -> None:
    """Also one that is added later: the rule is found by its foreign keys."""
    seen, whole = {}, {}
    with reading(sessions) as session:
        for mapper in Base.registry.mappers:
            counted = select(func.count()).select_from(mapper.class_)
            whole[mapper.class_.__name__] = session.scalar(counted) or 0
            see_only((OURS,))
            seen[mapper.class_.__name__] = session.scalar(counted) or 0
            see_only(())
    assert (seen["Photo"], whole["Photo"]) == (len(sites[0]), COUNTED)
    for name in ("Photo", "Rating", "PhotoPair", "DuplicatePair", "FileName", "Person", "Event"):
        assert seen[name] < whole[name], name
    assert (seen["PhotoPair"], seen["Person"], seen["Batch"]) == (0, 0, 0)
    assert seen["User"] == whole["User"]


def test_a_query_that_the_rule_cannot_be_added_to_is_refused(sessions: Sessions) -> None:
    see_only((OURS,))
    with reading(sessions) as session:
        for statement in (select(Photo.__table__.c.id), text("SELECT id FROM photo")):
            with pytest.raises(NotAllowed):
                session.execute(statement)
    with whole_study(), reading(sessions) as session:
        session.execute(text("SELECT id FROM photo"))
    assert SITES.get() == (OURS,)


def test_who_may_be_bound(sessions: Sessions, sites: tuple[list[int], list[int]]) -> None:
    assert set_sites(sessions, "ben", [THEIRS, OURS], actor="ana").sites == (OURS, THEIRS)
    for name in ("ana", "ada"):
        with pytest.raises(NotAllowed):
            set_sites(sessions, name, [OURS], actor="ana")
    with pytest.raises(InputInvalid, match="#nowhere"):
        set_sites(sessions, "vera", ["#nowhere"], actor="ana")
    with pytest.raises(NotAllowed):
        set_role(sessions, "ben", "adjudicator", actor="ana")
    set_sites(sessions, "ben", [], actor="ana")
    assert set_role(sessions, "ben", "adjudicator", actor="ana").sites == ()
