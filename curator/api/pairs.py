"""Pairs of photos that look alike or may show one person: listed, decided, taken back."""

from typing import Any

import marshmallow as ma

from curator.api.blueprint import operation
from curator.api.cursors import PageQuery, page, page_of
from curator.api.fields import Code, Flag, Moment, Schema
from curator.http.current import account, sessions
from curator.http.terms import DECISIONS
from curator.pairs import decisions
from curator.queries.pairs import PairFacts, pair_facts, pairs_after

STATES = {"all": None, "waiting": False, "decided": True}


class PairsQuery(PageQuery):
    state = Code(tuple(STATES), load_default="all")


class EvidenceSchema(Schema):
    """What the comparison of two photos found."""

    found_by = ma.fields.String(
        required=True, metadata={"description": "The method of the comparison."}
    )
    keypoints = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many matching points both photos have."},
    )
    mirrored = ma.fields.Boolean(required=True)


class PairSchema(Schema):
    """Two photos that look alike or may show one person, and what was decided."""

    id = ma.fields.Integer(required=True)
    photos = ma.fields.List(ma.fields.Integer(), required=True, metadata={"description": "Two."})
    origin = ma.fields.String(
        required=True,
        metadata={"description": "Why it is asked whether both show one person; empty of copies."},
    )
    evidence = ma.fields.Nested(EvidenceSchema, required=True, allow_none=True)
    distance_bits = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "In which their hashes differ."}
    )
    score = ma.fields.Float(
        required=True, allow_none=True, metadata={"description": "1: the very same pixels."}
    )
    verified = ma.fields.Boolean(
        required=True, metadata={"description": "The comparison of pixels found the same picture."}
    )
    decision = ma.fields.String(required=True, allow_none=True)
    decided_by = ma.fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)


class DecisionGivenSchema(Schema):
    """A decision on a pair."""

    decision = Code(tuple(DECISIONS), required=True)
    confirmed = Flag(
        load_default=False,
        metadata={"description": "Both photos were looked at, against what the comparison found."},
    )


@operation("GET", "/pairs", tag="pairs", query=PairsQuery, answer=page_of(PairSchema, "Pairs"))
def list_pairs(query: dict[str, Any]) -> dict[str, Any]:
    """List pairs in the order in which they were found."""
    size, is_decided = query["limit"], STATES[query["state"]]
    found = pairs_after(
        sessions(), is_decided=is_decided, after=query.get("cursor", 0), size=size + 1
    )
    return page(found, size, lambda one: one.id)


@operation("GET", "/pairs/<int:pair_id>", tag="pairs", answer=PairSchema)
def show_pair(pair_id: int) -> PairFacts:
    """Show one pair."""
    return pair_facts(sessions(), pair_id)


@operation(
    "PUT",
    "/pairs/<int:pair_id>/decision",
    tag="pairs",
    body=DecisionGivenSchema,
    example={"decision": "copy"},
    answer=PairSchema,
    refuses=(409,),
)
def decide_pair(given: dict[str, Any], pair_id: int) -> PairFacts:
    """Decide a pair that waits.

    409 if it was decided otherwise meanwhile, if earlier decisions contradict, or if the comparison does: the
    last is accepted when it is `confirmed`.
    """
    pair = pair_facts(sessions(), pair_id)
    if pair.decision == given["decision"]:  # sent again, perhaps because the answer was lost
        return pair
    confirmed = [pair.id] if given["confirmed"] else []
    decisions.decide_group(
        sessions(), [pair.id], given["decision"], confirmed=confirmed, actor=account().name
    )
    return pair_facts(sessions(), pair_id)


@operation("DELETE", "/pairs/<int:pair_id>/decision", tag="pairs", status=204, refuses=(409,))
def take_back_decision(pair_id: int) -> str:
    """Take a decision back; the pair waits again."""
    decisions.decide_pair(sessions(), pair_id, None, actor=account().name)
    return ""
