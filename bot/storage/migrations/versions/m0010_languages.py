"""People, and the admins of a group, may choose the language of the answers."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("users", sa.Column("language", sa.Text))
    op.create_table(
        "group_languages",
        sa.Column("chat_id", _ID, autoincrement=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_group_languages")),
    )
