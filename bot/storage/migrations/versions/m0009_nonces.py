"""Buttons of an answer that is no longer stored do not fit a later one that has its id."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; earlier answers keep their buttons, which repeat no nonce."""
    op.add_column("answers", sa.Column("nonce", sa.Text))
