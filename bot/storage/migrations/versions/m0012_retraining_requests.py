"""Requests to retrain that another program carries out."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "retraining_watchers",
        sa.Column("id", sa.Text),
        sa.Column("seen_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retraining_watchers")),
    )
    op.create_table(
        "retraining_requests",
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("requested_at", sa.Integer, nullable=False),
        sa.Column("requested_by", _ID),
        sa.Column("trusted", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("watcher", sa.Text),
        sa.Column("stop_requested", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("progress", sa.JSON),
        sa.Column("run_id", _ID),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retraining_requests")),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["users.id"],
            name=op.f("fk_retraining_requests_requested_by"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["runs.id"],
            name=op.f("fk_retraining_requests_run_id"),
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_retraining_requests_id")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'ended')", name=op.f("ck_retraining_requests_state")
        ),
    )
    op.create_index(
        op.f("ix_retraining_requests_requested_by"), "retraining_requests", ["requested_by"]
    )
    op.create_table(
        "retraining_messages",
        sa.Column("chat_id", _ID, autoincrement=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("request_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_retraining_messages")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["retraining_requests.id"],
            name=op.f("fk_retraining_messages_request_id"),
            ondelete="CASCADE",
        ),
    )
