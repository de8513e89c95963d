"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_VERDICT = "verdict IN ('happy', 'sad', 'unsure')"
_SAID = "said IN ('happy', 'sad', 'not_a_face', 'withdrawn')"


def upgrade() -> None:
    """Make the tables."""
    _users_and_answers()
    _photos_and_faces()
    _corrections()


def _belongs_to(table: str, parent: str) -> "sa.Column[int]":
    name = parent.removesuffix("s") + "_id"
    key = sa.ForeignKey(f"{parent}.id", ondelete="CASCADE", name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, _ID, key, nullable=False)


def _users_and_answers() -> None:
    op.create_table(
        "users",
        sa.Column("id", _ID, autoincrement=False),
        sa.Column("first_seen_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_table(
        "answers",
        sa.Column("id", _ID),
        _belongs_to("answers", "users"),
        sa.Column("chat_id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("asked_at", sa.Integer, nullable=False),
        sa.Column("delivered", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_answers_user_id"), "answers", ["user_id"])
    op.create_index(op.f("ix_answers_chat_id_message_id"), "answers", ["chat_id", "message_id"])


def _photos_and_faces() -> None:
    op.create_table(
        "photos",
        sa.Column("id", _ID),
        _belongs_to("photos", "users"),
        sa.Column("file_unique_id", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("whole_picture", sa.Boolean, nullable=False),
        sa.Column("probability_happy", sa.Float, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("judged_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint(
            "user_id",
            "file_unique_id",
            "model_version",
            name=op.f("uq_photos_user_id_file_unique_id_model_version"),
        ),
        sa.CheckConstraint(_VERDICT, name=op.f("ck_photos_verdict")),
    )
    op.create_table(
        "answer_photos",
        _belongs_to("answer_photos", "answers"),
        sa.Column("position", sa.Integer, nullable=False),
        _belongs_to("answer_photos", "photos"),
        sa.PrimaryKeyConstraint("answer_id", "position", name=op.f("pk_answer_photos")),
    )
    op.create_index(op.f("ix_answer_photos_photo_id"), "answer_photos", ["photo_id"])
    op.create_table(
        "faces",
        sa.Column("id", _ID),
        _belongs_to("faces", "photos"),
        sa.Column("position", sa.Integer, nullable=False),
        *(sa.Column(f"box_{side}", sa.Integer) for side in ("left", "top", "right", "bottom")),
        sa.Column("score", sa.Float),
        sa.Column("probability_happy", sa.Float, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("crop", sa.LargeBinary),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faces")),
        sa.UniqueConstraint("photo_id", "position", name=op.f("uq_faces_photo_id_position")),
        sa.CheckConstraint(_VERDICT, name=op.f("ck_faces_verdict")),
    )
    has_crop = sa.text("crop IS NOT NULL")
    op.create_index(
        "ix_faces_expiry",
        "faces",
        ["expires_at"],
        sqlite_where=has_crop,
        postgresql_where=has_crop,
    )


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", _ID),
        _belongs_to("corrections", "faces"),
        _belongs_to("corrections", "users"),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("said_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.CheckConstraint(_SAID, name=op.f("ck_corrections_said")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_corrections_face_id"), "corrections", ["face_id"])
    op.create_index(op.f("ix_corrections_user_id"), "corrections", ["user_id"])
    op.create_table(
        "processed_taps",
        sa.Column("id", sa.Text, nullable=False),
        _belongs_to("processed_taps", "users"),
        sa.Column("processed_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processed_taps")),
    )
    op.create_index(op.f("ix_processed_taps_user_id"), "processed_taps", ["user_id"])
    op.create_index(op.f("ix_processed_taps_processed_at"), "processed_taps", ["processed_at"])
