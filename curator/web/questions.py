"""Questions that come before a change: shown with a form that sends the change again, confirmed."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from curator.base.errors import AgainstEvidence, CuratorError
from curator.http.language import translated
from curator.http.terms import DECISIONS
from curator.queries.pairs import pairs_to_confirm
from curator.web.current import sessions, wants_json, whole_numbers

NOT_SENT_AGAIN = ("csrf_token", "confirmed")


def confirmed() -> list[int]:
    """Return what the user has seen and confirmed: photos or pairs, by the question."""
    return whole_numbers("confirmed")


def ask(error: CuratorError, template: str, origin: str, **shown: object) -> ResponseReturnValue:
    """Answer with a question, as a page or for a script's dialog; `origin` is the way back."""
    question = render_template(
        template,
        fields=[
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in NOT_SENT_AGAIN
        ],
        action=request.full_path.rstrip("?"),
        back=origin,
        **shown,
    )
    if wants_json():
        return {"error": translated(error), "kind": error.kind, "question": question}, error.status
    return render_template("question.html", question=question), error.status


def ask_against_evidence(error: AgainstEvidence, decision: str, origin: str) -> ResponseReturnValue:
    return ask(
        error,
        "duplicates/question.html",
        origin,
        pairs=pairs_to_confirm(sessions(), error.pairs),
        decision=decision,
        said=DECISIONS,
    )
