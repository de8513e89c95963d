"""What was done to the model, and which corrections were learned from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MODE = "mode IN ('head', 'full', 'by_hand')"
_STATE = (
    "state IN ('running', 'promoted', 'kept', 'stopped', 'failed', 'interrupted', 'rolled_back')"
)


def upgrade() -> None:
    """Make the tables."""
    _runs()
    op.create_table(
        "run_lessons",
        _belongs_to("run_lessons", "runs"),
        _belongs_to("run_lessons", "corrections"),
        sa.PrimaryKeyConstraint("run_id", "correction_id", name=op.f("pk_run_lessons")),
    )
    op.create_index(op.f("ix_run_lessons_correction_id"), "run_lessons", ["correction_id"])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", _ID),
        sa.Column("started_at", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.Integer),
        sa.Column(
            "started_by",
            _ID,
            sa.ForeignKey("users.id", ondelete="SET NULL", name=op.f("fk_runs_started_by")),
        ),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("parent", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        *(
            sa.Column(name, sa.Integer)
            for name in ("lessons", "happy", "sad", "people", "held_out")
        ),
        sa.Column("newest_correction", _ID),
        sa.Column("figures", sa.JSON),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.CheckConstraint(_MODE, name=op.f("ck_runs_mode")),
        sa.CheckConstraint(_STATE, name=op.f("ck_runs_state")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runs_started_by"), "runs", ["started_by"])


def _belongs_to(table: str, parent: str) -> "sa.Column[int]":
    name = parent.removesuffix("s") + "_id"
    key = sa.ForeignKey(f"{parent}.id", ondelete="CASCADE", name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, _ID, key, autoincrement=False, nullable=False)
