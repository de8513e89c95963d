"""Corrections carry the verdict that they are about, so that counting them needs no other table."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns and fill them in; make photos findable by time."""
    op.add_column("corrections", sa.Column("model_version", sa.Text))
    op.add_column("corrections", sa.Column("verdict", sa.Text))
    op.add_column("corrections", sa.Column("probability_happy", sa.Float))
    op.execute(
        "UPDATE corrections SET (model_version, verdict, probability_happy) = ("
        "SELECT photos.model_version, faces.verdict, faces.probability_happy "
        "FROM faces JOIN photos ON photos.id = faces.photo_id "
        "WHERE faces.id = corrections.face_id)"
    )
    op.create_index(op.f("ix_photos_judged_at"), "photos", ["judged_at"])
