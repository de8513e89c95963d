"""Faces of a picture that was sent again refer to those of its first verdict."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the column."""
    op.add_column("faces", sa.Column("same_as", _ID))
