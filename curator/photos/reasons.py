"""The reasons that pages offer for excluding a photo, each with what it is about."""

from typing import NamedTuple

from curator.base.messages import Translatable, translatable
from curator.base.reach import Scope


class Reason(NamedTuple):
    text: Translatable  # as stored
    scope: Scope


WITHDRAWN_BY_PERSON = translatable("withdrawn by the person")
# Offered nowhere: it comes with the record of the source's consent.
WITHDRAWN_BY_SOURCE = translatable("consent of the source withdrawn")

# In the order of their keys; users may type others.
REASONS = (
    Reason(translatable("no face, or no human face"), Scope.CONTENT),
    Reason(translatable("rash or cheeks covered"), Scope.CONTENT),
    Reason(translatable("make-up, filter or edited"), Scope.CONTENT),
    Reason(translatable("too blurred or dark"), Scope.FILE),
    Reason(translatable("several faces"), Scope.CONTENT),
    Reason(translatable("a child"), Scope.PERSON),
    Reason(WITHDRAWN_BY_PERSON, Scope.PERSON),
    Reason(translatable("too small"), Scope.FILE),
)
SCOPE_OF: dict[str, Scope] = {str(reason.text): reason.scope for reason in REASONS}
# Of a reason that somebody types: no copy takes the photo's place unless they say so.
DEFAULT_SCOPE = Scope.CONTENT


def scope_of(reason: str, said: str = "") -> Scope:
    """Return what a reason is about: a known one says it itself, another what its writer `said`."""
    if reason in SCOPE_OF:
        return SCOPE_OF[reason]
    return Scope(said) if said in set(Scope) else DEFAULT_SCOPE
