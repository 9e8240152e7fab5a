"""The filter that an address asks for, and who may filter by what others said."""

from flask import request

from curator.base.errors import NotAllowed
from curator.ratings.filter import TELLING, Filter, read_filter
from curator.web.current import account


def filter_asked() -> Filter:
    """Return the filter in the address; raise NotAllowed if it would tell a rater of others' ratings."""
    wanted = read_filter(request.args)
    if wanted.show in TELLING and not account().may_adjudicate:
        raise NotAllowed("This is for adjudicators: ask an administrator for that role.")
    return wanted
