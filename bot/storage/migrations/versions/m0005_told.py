"""Whether the admins know how a retraining ended."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    told = sa.Column("told", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("runs", told)
