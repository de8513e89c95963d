"""A face may look neutral, and people may agree that it does."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_VERDICT = "verdict IN ('happy', 'sad', 'neutral', 'unsure')"
_SAID = "said IN ('happy', 'sad', 'neutral', 'not_a_face', 'withdrawn')"


def upgrade() -> None:
    """Copy the tables into ones that accept it, which is how SQLite changes a check."""
    _check_anew("photos", "verdict", _VERDICT)
    _check_anew("faces", "verdict", _VERDICT)
    if op.get_bind().dialect.name != "sqlite":
        _check_anew("corrections", "said", _SAID)
        return
    last_id = op.get_bind().scalar(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'corrections'")
    )
    _check_anew("corrections", "said", _SAID, sqlite_autoincrement=True)
    if last_id is not None:
        # Otherwise the ids of erased corrections, if they were the last ones, would be used again.
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'corrections'")
        last = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('corrections', :last_id)")
        op.execute(last.bindparams(last_id=last_id))
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM faces")):
        # The file has grown by the copy: it is to be vacuumed, see `Database.needs_scrub`.
        op.execute("PRAGMA user_version = 1")


def _check_anew(table: str, column: str, condition: str, **options: bool) -> None:
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table, table_kwargs=options) as copied:
        copied.drop_constraint(name, type_="check")
        copied.create_check_constraint(name, condition)
