"""the checks of rulings are named as the models name them"""

from alembic import op

revision = "0009"
down_revision = "0008"

CHECKS = {
    "label_known": "label IN ('positive', 'negative', 'unsure')",
    "sex_known": "sex IN ('female', 'male', 'unknown')",
    "evidence_known": "evidence IN ('hashtag', 'self_report', 'visual', 'clinician')",
}
NAME = "ck_adjudication_"
NAME_OF_0006 = NAME + NAME  # the naming convention added its prefix to a full name


def upgrade() -> None:
    rename(NAME_OF_0006, NAME)


def downgrade() -> None:
    rename(NAME, NAME_OF_0006)


def rename(before: str, after: str) -> None:
    with op.batch_alter_table("adjudication") as adjudication:
        for check, condition in CHECKS.items():
            adjudication.drop_constraint(op.f(before + check), type_="check")
            adjudication.create_check_constraint(op.f(after + check), condition)
