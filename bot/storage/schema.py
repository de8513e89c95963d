"""The tables as they are now; `migrations` is how a database gets there.

A question is a message that asked the bot for moods; its answer is about one picture or, for an
album, up to ten. Times are seconds since 1970, UTC. Nothing holds a name, a caption or a photo.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

Id = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _belongs_to(parent: str, index: bool = False) -> Column[int]:
    name = parent.removesuffix("s") + "_id"
    key = ForeignKey(f"{parent}.id", ondelete="CASCADE")
    return Column(name, Id, key, nullable=False, index=index)


def _key(parent: str) -> Column[int]:
    name = parent.removesuffix("s") + "_id"
    key = ForeignKey(f"{parent}.id", ondelete="CASCADE")
    return Column(name, Id, key, primary_key=True, autoincrement=False)


users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # Telegram's
    Column("first_seen_at", Integer, nullable=False),
    Column("set_aside_at", Integer),  # what this user says does not count, from then on
    Column("restored_at", Integer),  # earlier reviews are no longer held against this user
)

# An id in a button must never come to mean something else: sqlite_autoincrement uses none twice.
answers = Table(
    "answers",
    metadata,
    Column("id", Id, primary_key=True),
    _belongs_to("users", index=True),  # who sent the pictures
    Column("chat_id", Id, nullable=False),
    Column("message_id", Id, nullable=False),  # the question's
    Column("asked_at", Integer, nullable=False),  # when that was sent
    Column("delivered", Boolean, nullable=False),
    Index(None, "chat_id", "message_id"),
    sqlite_autoincrement=True,
)

photos = Table(
    "photos",
    metadata,
    Column("id", Id, primary_key=True),
    _belongs_to("users"),
    Column("file_unique_id", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("whole_picture", Boolean, nullable=False),  # no face was found
    Column("probability_happy", Float, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("judged_at", Integer, nullable=False, index=True),
    UniqueConstraint("user_id", "file_unique_id", "model_version"),
    CheckConstraint("verdict IN ('happy', 'sad', 'unsure')", name="verdict"),
)

answer_photos = Table(
    "answer_photos",
    metadata,
    Column("answer_id", Id, ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),  # in the album, from 0
    _belongs_to("photos", index=True),
)

# A picture that was judged as a whole has one row without box, score and crop.
faces = Table(
    "faces",
    metadata,
    Column("id", Id, primary_key=True),
    _belongs_to("photos"),
    Column("position", Integer, nullable=False),  # in the photo, from 0
    Column("box_left", Integer),
    Column("box_top", Integer),
    Column("box_right", Integer),
    Column("box_bottom", Integer),
    Column("score", Float),
    Column("probability_happy", Float, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("crop", LargeBinary),  # PNG; gone once expired without a label
    Column("expires_at", Integer, nullable=False),
    # The face, of the same picture, that holds the crop and the corrections for this one, if not
    # this one itself. It belongs to the same user, so that both are erased together.
    Column("same_as", Id),
    UniqueConstraint("photo_id", "position"),
    CheckConstraint("verdict IN ('happy', 'sad', 'unsure')", name="verdict"),
)
Index("ix_faces_expiry", faces.c.expires_at, sqlite_where=faces.c.crop.is_not(None))

# Only ever added to: the newest row of a face is its label, unless it says "withdrawn".
corrections = Table(
    "corrections",
    metadata,
    Column("id", Id, primary_key=True),
    _belongs_to("faces", index=True),
    _belongs_to("users", index=True),  # who tapped
    Column("said", Text, nullable=False),
    Column("said_at", Integer, nullable=False),
    Column("crop_digest", LargeBinary),  # SHA-256 of the face's crop: equal for equal pictures
    # Which model had said what of the face; copied, so that to count a hundred thousand corrections
    # is not to look up as many faces among their crops.
    Column("model_version", Text),
    Column("verdict", Text),
    Column("probability_happy", Float),
    CheckConstraint("said IN ('happy', 'sad', 'not_a_face', 'withdrawn')", name="said"),
    sqlite_autoincrement=True,
)

# What admins decided about corrections; it stays when who decided is forgotten. Those skipped come
# up again, after the others.
reviews = Table(
    "reviews",
    metadata,
    _key("corrections"),
    Column("user_id", Id, ForeignKey("users.id", ondelete="SET NULL"), index=True),  # who decided
    Column("decision", Text, nullable=False),
    Column("reviewed_at", Integer, nullable=False),
    CheckConstraint("decision IN ('accepted', 'rejected', 'skipped')", name="decision"),
)

# How much a user asked for, for the daily limits; only of late.
daily_counts = Table(
    "daily_counts",
    metadata,
    _key("users"),
    Column("day", Integer, primary_key=True),  # since 1970, UTC
    Column("photos", Integer, nullable=False),
    Column("corrections", Integer, nullable=False),
)

# Taps that have been dealt with, for as long as Telegram may deliver them again.
processed_taps = Table(
    "processed_taps",
    metadata,
    Column("id", Text, primary_key=True),  # the callback query's
    _belongs_to("users", index=True),
    Column("processed_at", Integer, nullable=False, index=True),
)

# What was done to the model: an audit. Who asked for it is forgotten with that person; no more of
# anybody's data is here.
runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("started_at", Integer, nullable=False),
    Column("ended_at", Integer),
    Column("started_by", Id, ForeignKey("users.id", ondelete="SET NULL"), index=True),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),  # see bot.storage.message_codec
    Column("parent", Text, nullable=False),  # the version that served before
    Column("version", Text),
    Column("lessons", Integer),  # of these
    Column("happy", Integer),
    Column("sad", Integer),
    Column("people", Integer),  # whose word the lessons are
    Column("held_out", Integer),
    Column("newest_correction", Id),
    Column("figures", JSON(none_as_null=True)),
    Column("told", Boolean, nullable=False, server_default=false()),  # to admins, how it ended
    CheckConstraint("mode IN ('head', 'full', 'by_hand')", name="mode"),
    CheckConstraint(
        "state IN ('running', 'promoted', 'kept', 'stopped', 'failed', 'interrupted', "
        "'rolled_back')",
        name="state",
    ),
    sqlite_autoincrement=True,
)

# The corrections that the run in progress and the last one that came to a result learned from; the
# others are new. They go with whoever made them.
run_lessons = Table("run_lessons", metadata, _key("runs"), _key("corrections"))
Index(None, run_lessons.c.correction_id)
