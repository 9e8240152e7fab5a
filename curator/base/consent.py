"""What consent can be: its states, and the scopes of what was consented to, each one holding those before it."""

from typing import NamedTuple

from curator.base.messages import translatable

STATES = {
    "none": translatable("none"),
    "asked": translatable("asked"),
    "given": translatable("given"),
    "withdrawn": translatable("withdrawn"),
}
# From narrow to wide: what is published is shared with everybody, and what is shared was studied.
SCOPES = {
    "study": translatable("research within this study"),
    "sharing": translatable("also sharing with other groups"),
    "publication": translatable("also publication of pictures"),
}
# What an export counts its photos by: consent that was given by its scope.
COUNTED = ("none", "asked", *SCOPES)


class Consent(NamedTuple):
    """One word on a photo; `scope` is empty unless consent was given."""

    state: str = "none"
    scope: str = ""

    @property
    def counted(self) -> str:
        return self.scope or self.state

    @property
    def strength(self) -> int:
        """Tell the weaker of two: a withdrawal is weaker than anything."""
        return -1 if self.state == "withdrawn" else COUNTED.index(self.counted)

    def covers(self, scope: str) -> bool:
        """Tell whether it allows what a scope names; an empty one demands nothing."""
        least = COUNTED.index(scope) if scope else 0
        return self.strength >= least


NO_CONSENT = Consent()
