"""What admins decided about corrections stays when an admin is forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Let reviews do without who decided."""
    name = op.f("fk_reviews_user_id")
    with op.batch_alter_table("reviews", copy_from=_reviews()) as reviews:
        reviews.drop_constraint(name, type_="foreignkey")
        reviews.alter_column("user_id", existing_type=_ID, nullable=True)
        reviews.create_foreign_key(name, "users", ["user_id"], ["id"], ondelete="SET NULL")


def _reviews() -> sa.Table:
    """The table as it was, with the check that SQLite does not tell about."""
    table = sa.Table(
        "reviews",
        sa.MetaData(),
        _belongs_to("corrections"),
        _belongs_to("users"),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("reviewed_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_reviews")),
        sa.CheckConstraint(
            "decision IN ('accepted', 'rejected', 'skipped')", name=op.f("ck_reviews_decision")
        ),
    )
    sa.Index(op.f("ix_reviews_user_id"), table.c.user_id)
    return table


def _belongs_to(parent: str) -> "sa.Column[int]":
    name = parent.removesuffix("s") + "_id"
    key = sa.ForeignKey(f"{parent}.id", ondelete="CASCADE", name=op.f(f"fk_reviews_{name}"))
    return sa.Column(name, _ID, key, autoincrement=False, nullable=False)
