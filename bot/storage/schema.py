"""The current tables. The migrations in `migrations` bring a database to this schema.

An answer is the bot's reply to one message, about a photo or an album of up to ten. Times are
seconds since 1970, UTC. Only the inbox holds names, texts and captions, until an update is handled;
no table holds a photo.
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
    Column("set_aside_at", Integer),  # since when this user's corrections do not count
    Column("restored_at", Integer),  # earlier reviews no longer matter
    Column("language", Text),  # chosen for the answers; NULL: that of the user's app
)

# The languages that admins have chosen for the answers in their groups. Who did is not stored.
group_languages = Table(
    "group_languages",
    metadata,
    Column("chat_id", Id, primary_key=True, autoincrement=False),
    Column("language", Text, nullable=False),
)

# Buttons hold answer ids, so no id may be used twice; sqlite_autoincrement ensures that. It cannot
# once the file was lost or replaced by a backup, which is why buttons repeat the nonce, too.
answers = Table(
    "answers",
    metadata,
    Column("id", Id, primary_key=True),
    _belongs_to("users", index=True),  # who sent the photos
    Column("chat_id", Id, nullable=False),
    Column("message_id", Id, nullable=False),  # of the question
    Column("asked_at", Integer, nullable=False),  # when the question was sent
    Column("delivered", Boolean, nullable=False),
    Column("nonce", Text),  # random; NULL in answers from before this column
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
    CheckConstraint("verdict IN ('happy', 'sad', 'neutral', 'unsure')", name="verdict"),
)

answer_photos = Table(
    "answer_photos",
    metadata,
    Column("answer_id", Id, ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),  # in the album, from 0
    _belongs_to("photos", index=True),
    Column("has_spoiler", Boolean, nullable=False, server_default=false()),
    Column("is_protected", Boolean, nullable=False, server_default=false()),  # from forwarding
)

# A photo without faces has one row, for the whole picture, without box, score and crop.
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
    Column("crop", LargeBinary),  # PNG; NULL after it expired without a label
    Column("expires_at", Integer, nullable=False),
    # The original: the row of the same face, from an earlier model version, that holds the crop and
    # the corrections. NULL if it is this row. It has the same user, so both are erased together.
    Column("same_as", Id),
    UniqueConstraint("photo_id", "position"),
    CheckConstraint("verdict IN ('happy', 'sad', 'neutral', 'unsure')", name="verdict"),
)
box_columns = (faces.c.box_left, faces.c.box_top, faces.c.box_right, faces.c.box_bottom)
_has_crop = faces.c.crop.is_not(None)
Index("ix_faces_expiry", faces.c.expires_at, sqlite_where=_has_crop, postgresql_where=_has_crop)

# A history: rows are only added. The newest one of a face is its label, unless "withdrawn".
corrections = Table(
    "corrections",
    metadata,
    Column("id", Id, primary_key=True),
    _belongs_to("faces", index=True),
    _belongs_to("users", index=True),  # who tapped
    Column("said", Text, nullable=False),
    Column("said_at", Integer, nullable=False),
    Column("crop_digest", LargeBinary),  # SHA-256 of the crop; the same for equal pictures
    # Copies of the verdict on the face: reading them there would mean reading through the crops,
    # which is too slow for a hundred thousand corrections.
    Column("model_version", Text),
    Column("verdict", Text),
    Column("probability_happy", Float),
    CheckConstraint("said IN ('happy', 'sad', 'neutral', 'not_a_face', 'withdrawn')", name="said"),
    sqlite_autoincrement=True,
)

# Admins' decisions about corrections, which stay if the admin is erased. Skipped corrections are
# reviewed again, after the others.
reviews = Table(
    "reviews",
    metadata,
    _key("corrections"),
    Column("user_id", Id, ForeignKey("users.id", ondelete="SET NULL"), index=True),  # who decided
    Column("decision", Text, nullable=False),
    Column("reviewed_at", Integer, nullable=False),
    CheckConstraint("decision IN ('accepted', 'rejected', 'skipped')", name="decision"),
)

# How much of the daily quota a user has used; only the current day is kept.
daily_counts = Table(
    "daily_counts",
    metadata,
    _key("users"),
    Column("day", Integer, primary_key=True),  # since 1970, UTC
    Column("photos", Integer, nullable=False),
    Column("corrections", Integer, nullable=False),
)

# Processed callback queries, for as long as Telegram may deliver them again.
processed_taps = Table(
    "processed_taps",
    metadata,
    Column("id", Text, primary_key=True),  # of the callback query
    _belongs_to("users", index=True),
    Column("processed_at", Integer, nullable=False, index=True),
)

# The history of retraining and of changes of the active version. Who started a run is set to NULL
# when that user is erased; the table holds no other personal data.
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
    Column("parent", Text, nullable=False),  # the version that was active before
    Column("version", Text),
    Column("lessons", Integer),  # samples: their number, and of these
    Column("happy", Integer),
    Column("sad", Integer),
    Column("people", Integer),  # users who labelled the samples
    Column("held_out", Integer),
    Column("newest_correction", Id),
    Column("figures", JSON(none_as_null=True)),
    # Whether the admins were notified of the end.
    Column("told", Boolean, nullable=False, server_default=false()),
    CheckConstraint("mode IN ('head', 'full', 'by_hand')", name="mode"),
    CheckConstraint(
        "state IN ('running', 'promoted', 'kept', 'stopped', 'failed', 'interrupted', "
        "'rolled_back')",
        name="state",
    ),
    sqlite_autoincrement=True,
)

# The corrections that the current run and the last one with a result used; all others are new. They
# are deleted with the user who made them.
run_lessons = Table("run_lessons", metadata, _key("runs"), _key("corrections"))
Index(None, run_lessons.c.correction_id)

# Every update from Telegram, stored before it is confirmed. Once it is handled or set aside, only
# the id, the kind and the time stay, so that it is recognised if Telegram delivers it again.
inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),  # in the order of arrival
    Column("update_id", Id, nullable=False),  # Telegram's
    Column("kind", Text, nullable=False),
    Column("chat_id", Id),
    Column("user_id", Id),  # the sender; not a foreign key, because most are not in `users` yet
    Column("received_at", Integer, nullable=False, index=True),
    Column("content", Text),  # JSON, as Telegram sent it
    # In how many processes it was handled, or may have been, without an end.
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    # The replica that handles it; not a foreign key: what a dead one had stays, to be taken over.
    Column("owner", Text),
    UniqueConstraint("update_id"),
    CheckConstraint("state IN ('pending', 'done', 'set_aside')", name="state"),
    sqlite_autoincrement=True,
)
_is_pending = inbox.c.state == "pending"
Index("ix_inbox_pending", inbox.c.id, sqlite_where=_is_pending, postgresql_where=_is_pending)

# The bots that share this database, while they run; a bot that has it for itself is not here.
replicas = Table(
    "replicas",
    metadata,
    Column("id", Text, primary_key=True),  # random
    Column("bot_id", Id, nullable=False),  # Telegram's; all have the same
    Column("seen_at", Integer, nullable=False),  # its last heartbeat, by the server's clock
)

# Which of them handles the updates of a chat, while there are any and for some minutes longer.
chat_owners = Table(
    "chat_owners",
    metadata,
    Column("chat_id", Id, primary_key=True, autoincrement=False),
    Column(
        "replica_id", Text, ForeignKey("replicas.id", ondelete="CASCADE"),
        nullable=False, index=True,
    ),
    Column("updated_at", Integer, nullable=False),  # when its last update came in
)  # fmt: skip

# The command menus that Telegram has, so that only changed ones are sent again.
menus = Table(
    "menus",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("language", Text, primary_key=True),  # "" for all other languages
    Column("digest", Text, nullable=False),
)

# The programs that carry out requests to retrain (`photo-mood retrain --watch`), while they run.
retraining_watchers = Table(
    "retraining_watchers",
    metadata,
    Column("id", Text, primary_key=True),  # random
    Column("seen_at", Integer, nullable=False),  # its last heartbeat
)

# The request to retrain that waits for a watcher, runs there, or has ended but was not reported.
# There is at most one, since two retrainings never run at the same time.
retraining_requests = Table(
    "retraining_requests",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("key", Text, nullable=False),  # random; in the button that stops it
    Column("requested_at", Integer, nullable=False),
    Column("requested_by", Id, ForeignKey("users.id", ondelete="SET NULL"), index=True),
    Column("trusted", JSON, nullable=False),  # ids of the users whose corrections count at once
    Column("state", Text, nullable=False),
    Column("watcher", Text),  # id of the one that carries it out
    Column("stop_requested", Boolean, nullable=False, server_default=false()),
    Column("progress", JSON(none_as_null=True)),
    Column("run_id", Id, ForeignKey("runs.id", ondelete="SET NULL")),
    Column("outcome", Text),  # see bot.retraining.exit_status
    Column("reason", Text, nullable=False, server_default=""),  # in English
    CheckConstraint("id = 1", name="id"),
    CheckConstraint("state IN ('waiting', 'running', 'ended')", name="state"),
)

# The messages that show its progress, so that a restarted bot goes on editing them.
retraining_messages = Table(
    "retraining_messages",
    metadata,
    Column("chat_id", Id, primary_key=True, autoincrement=False),
    Column("message_id", Id, nullable=False),
    Column("language", Text, nullable=False),
    Column(
        "request_id",
        Integer,
        ForeignKey("retraining_requests.id", ondelete="CASCADE"),
        nullable=False,
    ),
)

# The versions of the model, for several bots on one server; empty in SQLite, where the folder
# `models` alone has them. Nothing of users is in them.
model_versions = Table(
    "model_versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("added_at", Integer, nullable=False),
    Column("removed", Boolean, nullable=False, server_default=false()),  # without its files
)

model_files = Table(
    "model_files",
    metadata,
    Column(
        "version", Text, ForeignKey("model_versions.name", ondelete="CASCADE"), primary_key=True
    ),
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# Which version is active; no row until there is one to choose from. See
# model.registry.active_version.
model_choice = Table(
    "model_choice",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("revision", Integer, nullable=False),  # grows with every change of the versions
    Column("chosen_at", Integer),  # NULL: nobody has chosen yet
    Column("version", Text),  # NULL: the shipped one
    Column("previous", JSON, nullable=False),  # names, latest first
    CheckConstraint("id = 1", name="id"),
)
