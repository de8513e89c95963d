"""What decides which corrections count: who is set aside, reviews, daily counts, equal pictures."""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DECISION = "decision IN ('accepted', 'rejected', 'skipped')"


def upgrade() -> None:
    """Make the tables and columns; corrections learn which crop they are about."""
    op.add_column("users", sa.Column("set_aside_at", sa.Integer))
    op.add_column("users", sa.Column("restored_at", sa.Integer))
    op.add_column("corrections", sa.Column("crop_digest", sa.LargeBinary))
    _fill_in_digests()
    _reviews()
    _daily_counts()


def _belongs_to(table: str, parent: str) -> "sa.Column[int]":
    name = parent.removesuffix("s") + "_id"
    key = sa.ForeignKey(f"{parent}.id", ondelete="CASCADE", name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, _ID, key, autoincrement=False, nullable=False)


def _fill_in_digests() -> None:
    connection = op.get_bind()
    labelled = sa.text(
        "SELECT id, crop FROM faces WHERE crop IS NOT NULL "
        "AND id IN (SELECT face_id FROM corrections)"
    )
    known = sa.text("UPDATE corrections SET crop_digest = :digest WHERE face_id = :face_id")
    for face_id, crop in connection.execute(labelled).yield_per(100):
        connection.execute(known, {"digest": sha256(crop).digest(), "face_id": face_id})


def _reviews() -> None:
    op.create_table(
        "reviews",
        _belongs_to("reviews", "corrections"),
        _belongs_to("reviews", "users"),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("reviewed_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_reviews")),
        sa.CheckConstraint(_DECISION, name=op.f("ck_reviews_decision")),
    )
    op.create_index(op.f("ix_reviews_user_id"), "reviews", ["user_id"])


def _daily_counts() -> None:
    op.create_table(
        "daily_counts",
        _belongs_to("daily_counts", "users"),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("photos", sa.Integer, nullable=False),
        sa.Column("corrections", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_daily_counts")),
    )
