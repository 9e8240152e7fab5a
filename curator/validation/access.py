"""Access: nobody sees or changes what their role, their sites or their sign-in do not open."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from curator.base import accounts
from curator.base.config import is_loopback
from curator.base.models.base import utc_now
from curator.base.models.users import SignIn
from curator.validation.results import Unmet, require
from curator.validation.routes import Route, all_routes
from curator.validation.scratch import ACTOR, OTHER_SITE, SITE, Scratch
from curator.validation.serving import Answer

# What administrators alone may open, whatever the table of roles says.
OF_ADMINS = ("admin.", "changes.", "consent.", "freezes.", "study.", "erasing.", "labelstudio.")
MOST_GUESSES = 15
FEWEST_ROUTES = 100  # fewer would mean that the list of routes is not read


def visitors_see_nothing(scratch: Scratch) -> str:
    photo = scratch.add_photo(SITE)
    marks = [photo.name, *(person.name for person in scratch.people.values())]
    visitor, routes = scratch.visitor(), all_routes(scratch.config, photo.id)
    token = {"X-CSRFToken": visitor.csrf_token()}
    closed = [route for route in routes if not route.is_open_to("")]
    for route in routes:
        answer = visitor.ask(route.method, route.path, _body(route), token)
        refused = answer.status in (401, 403) or answer.leads_to_sign_in()
        require(route not in closed or refused, f"{route} was answered with {answer.status}.")
        _require_without(marks, answer, route)
    return _counted(closed, "closed routes, all refused or led to the sign-in page")


def roles_open_only_their_own(scratch: Scratch) -> str:
    photo = scratch.add_photo(SITE)
    routes, asked = all_routes(scratch.config, photo.id), []
    for key in ("first", "adjudicator", "viewer"):
        role = scratch.people[key].role
        closed = [route for route in routes if not route.is_open_to(role)]
        ask = _asker(scratch, key)
        for route in closed:
            answer = ask(route)
            require(answer.status == 403, f"{route} answered {role} with {answer.status}, not 403.")
        asked += closed
    require(len(asked) >= FEWEST_ROUTES, f"Only {len(asked)} routes were found to ask for.")
    return (
        f"{len(asked)} requests of annotator, adjudicator and viewer beyond their role, all refused"
    )


def administration_is_closed(scratch: Scratch) -> str:
    routes = [route for route in all_routes(scratch.config) if route.endpoint.startswith(OF_ADMINS)]
    for key in ("first", "adjudicator", "viewer"):
        ask, role = _asker(scratch, key), scratch.people[key].role
        for route in routes:
            status = ask(route).status
            require(status == 403, f"{route} answered {role} with {status}, not 403.")
    opened = [route for route in routes if route.endpoint.endswith(".index")]
    for route in opened:
        status = _asker(scratch, "admin")(route).status
        require(status == 200, f"{route} answered an administrator with {status}, not 200.")
    return f"{len(routes)} routes refused to 3 roles; {len(opened)} of their pages opened to an administrator"


def guesses_are_stopped(scratch: Scratch) -> str:
    guessed, visitor = scratch.people["guessed"], scratch.visitor()
    for tried in range(1, MOST_GUESSES + 1):
        answer = visitor.sign_in(guessed.name, f"a wrong password {tried}")
        if answer.status == 429:
            right = visitor.sign_in(guessed.name, guessed.password).status
            require(right == 429, f"The right password was still taken: {right}.")
            return f"the password of an account could be tried {tried - 1} times, then no more for a minute"
        require(answer.status == 401, f"A wrong password was answered with {answer.status}.")
    raise Unmet(f"{MOST_GUESSES} wrong passwords in a row were all checked.")


def idle_sessions_end(scratch: Scratch) -> str:
    minutes, person = scratch.config.idle_minutes, scratch.people["viewer"]
    browser = scratch.visitor()
    browser.sign_in(person.name, person.password)
    require(browser.get("/gallery").status == 200, "A fresh sign-in did not open the gallery.")
    earlier = utc_now() - timedelta(minutes=minutes, seconds=30)
    with scratch.engine.begin() as connection:
        connection.execute(
            update(SignIn).where(SignIn.user_id == person.id).values(used_at=earlier)
        )
    scratch.forget("viewer")
    require(
        browser.get("/gallery").leads_to_sign_in(),
        f"A sign-in that was idle for {minutes} minutes still opened the gallery.",
    )
    return f"a sign-in unused for {minutes} minutes (CURATOR_IDLE_MINUTES) opened nothing"


def disabled_accounts_are_out(scratch: Scratch) -> str:
    person, browser = scratch.people["leaving"], scratch.browser("leaving")
    program = scratch.program("leaving")
    both = browser.get("/gallery").status, program.call("GET", "/me").status
    require(both == (200, 200), f"An account in use was answered with {both}.")
    accounts.set_disabled(scratch.sessions, person.name, True, actor=ACTOR)
    page, call = browser.get("/gallery"), program.call("GET", "/me")
    require(page.leads_to_sign_in(), f"Its browser was still answered with {page.status}.")
    require(call.status == 401, f"Its token was still answered with {call.status}.")
    return "browser and token of a disabled account were refused at the next request"


def sites_are_kept_apart(scratch: Scratch) -> str:
    people = scratch.people
    ours, theirs = scratch.add_photo(SITE), scratch.add_photo(OTHER_SITE)
    ask, asked = _asker(scratch, "bound"), 0
    opened = ask(_page_of(ours.id)).status
    require(
        opened == 200, f"{people['bound'].name} could not open a photo of its own site: {opened}."
    )
    for route in all_routes(scratch.config, theirs.id):
        if not route.is_open_to("annotator") or route.is_open_to(""):
            continue
        if route.is_for_bound and not route.is_of_photo and route.method != "GET":
            continue  # of the account itself
        answer, asked = ask(route), asked + 1
        _require_without([theirs.name, OTHER_SITE], answer, route)
        if route.is_of_photo or not route.is_for_bound:
            refused = answer.status in (403, 404, 422)
            require(refused, f"{route} was answered with {answer.status}.")
    return f"{asked} requests of an account bound to one site; none told of a photo of another"


def cookies_have_their_flags(scratch: Scratch) -> str:
    config, browser = scratch.config, scratch.browser("first")
    flags = {part.strip().lower() for part in browser.cookies_set[-1].split(";")[1:]}
    missing = {"httponly", "samesite=lax", "path=/"} - flags
    require(not missing, f"The cookie of a sign-in lacks {', '.join(sorted(missing))}.")
    if config.behind_https:
        require("secure" in flags, "CURATOR_BEHIND_HTTPS is set, and the cookie is not Secure.")
        sent = browser.get("/signin").header("Strict-Transport-Security")
        require(sent, "CURATOR_BEHIND_HTTPS is set, and browsers are not told to use HTTPS alone.")
        return "HttpOnly, SameSite=Lax, Secure, and HTTPS demanded of browsers"
    require(
        is_loopback(scratch.real.host),
        f"The server listens on {scratch.real.host} without CURATOR_BEHIND_HTTPS: passwords cross the "
        "network unencrypted.",
    )
    return "HttpOnly and SameSite=Lax; not Secure, since these settings serve this machine alone by HTTP"


def secrets_are_not_stored(scratch: Scratch) -> str:
    people = scratch.people.values()
    scratch.browser("first").get("/gallery")
    scratch.program("first").call("GET", "/me")
    secrets = {word.encode() for person in people for word in (person.password, person.token)}
    there = scratch.found({person.name.encode() for person in people})
    require(there, "The search did not even find the accounts' names.")
    found = scratch.found(secrets)
    require(not found, f"A password or token stands in {', '.join(found)}.")
    return f"{len(secrets)} passwords and tokens are in no file, row or line of the server's log"


def _asker(scratch: Scratch, key: str) -> Callable[[Route], Answer]:
    """Return what asks for a route as somebody: pages by their browser, the API by their token."""
    browser, program = scratch.browser(key), scratch.program(key)
    token = {"X-CSRFToken": browser.csrf_token()}

    def ask(route: Route) -> Answer:
        asking = program if route.is_of_api else browser
        headers = token | ({"Content-Type": "application/json"} if route.is_of_api else {})
        return asking.ask(route.method, route.path, _body(route), headers)

    return ask


def _body(route: Route) -> bytes | None:
    return None if route.method == "GET" else b"{}" if route.is_of_api else b""


def _page_of(photo: int) -> Route:
    return Route("photos.photo", "GET", f"/photos/{photo}", False, True, None, True)


def _require_without(marks: list[str], answer: Answer, route: Route) -> None:
    told = [mark for mark in marks if mark.encode() in answer.body]
    require(not told, f"{route} told {', '.join(told)}.")


def _counted(routes: list[Route], what: str) -> str:
    require(len(routes) >= FEWEST_ROUTES, f"Only {len(routes)} routes were found to ask for.")
    return f"{len(routes)} {what}"
