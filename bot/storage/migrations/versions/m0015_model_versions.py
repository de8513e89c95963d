"""The versions of the model are in the database, too, if it is on a server."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "model_versions",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("added_at", sa.Integer, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_model_versions")),
    )
    op.create_table(
        "model_files",
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("version", "name", name=op.f("pk_model_files")),
        sa.ForeignKeyConstraint(
            ["version"],
            ["model_versions.name"],
            name=op.f("fk_model_files_version"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "model_choice",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("chosen_at", sa.Integer),
        sa.Column("version", sa.Text),
        sa.Column("previous", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_choice")),
        sa.CheckConstraint("id = 1", name=op.f("ck_model_choice_id")),
    )
