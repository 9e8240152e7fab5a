"""The account and the token of a request."""

import marshmallow as ma

from curator.api.authentication import token
from curator.api.blueprint import operation
from curator.api.fields import Day, Moment, Schema
from curator.base.tokens import IssuedToken


class TokenSchema(Schema):
    """A token, without its secret."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    until = Moment(required=True)
    used_on = Day(required=True, allow_none=True, metadata={"description": "The last day of use."})


class AccountSchema(Schema):
    """The account that a token acts for."""

    id = ma.fields.Integer(required=True, attribute="account_id")
    name = ma.fields.String(required=True, attribute="account")
    role = ma.fields.String(
        required=True,
        attribute="effective_role",
        metadata={
            "description": "What this token may do: the lesser of its role and the account's."
        },
    )
    account_role = ma.fields.String(required=True)
    token = ma.fields.Nested(TokenSchema, required=True, attribute="itself")


@operation("GET", "/me", tag="account", answer=AccountSchema)
def show_account() -> dict[str, object]:
    """Show the account that the token acts for."""
    found: IssuedToken = token()
    return {
        "account_id": found.account_id,
        "account": found.account,
        "effective_role": found.effective_role,
        "account_role": found.account_role,
        "itself": found,
    }
