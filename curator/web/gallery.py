"""All photos as a grid of thumbnails, by what became of them."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from curator import queries
from curator.web.current import account, sessions

blueprint = Blueprint("gallery", __name__)

PAGE_SIZE = 60
SHOWN = {
    "all": "All",
    "unrated": "Not rated by you",
    "rated": "Rated by you",
    "excluded": "Excluded",
    "copies": "Copies",
}


@blueprint.get("/gallery")
def index() -> ResponseReturnValue:
    show = request.args.get("show", "all")
    show = show if show in SHOWN else "all"
    after = request.args.get("after", 0, type=int)
    page = queries.gallery(sessions(), account().id, show=show, after=after, size=PAGE_SIZE)
    return render_template("gallery/index.html", page=page, show=show, after=after, shown=SHOWN)
