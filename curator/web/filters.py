"""The filter that an address asks for."""

from flask import request

from curator.ratings.filter import Filter, read_filter, require_allowed
from curator.web.current import account


def filter_asked() -> Filter:
    """Return the filter in the address; raise NotAllowed if it would tell a rater of others' ratings."""
    wanted = read_filter(request.args)
    require_allowed(wanted, account())
    return wanted
