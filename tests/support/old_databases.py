"""Databases like earlier versions of the bot have left them."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.storage.migrate import SCRIPTS

SCHEMAS = [
    script.revision
    for script in reversed(list(ScriptDirectory(SCRIPTS).walk_revisions()))  # oldest first
]
NEWEST = SCHEMAS[-1]

# What the bot stored at each schema version, in addition to the earlier versions.
ROWS = {
    "0001": """
        INSERT INTO users VALUES (1, 77), (2, 77);
        INSERT INTO answers VALUES (3, 1, 1, 4, 77, 1);
        INSERT INTO photos VALUES (1, 1, 'file', 'model', 0, 0.9, 'happy', 77);
        INSERT INTO answer_photos VALUES (3, 0, 1);
        INSERT INTO faces VALUES (1, 1, 0, 0, 0, 9, 9, 0.9, 0.9, 'happy', CAST('crop' AS BLOB), 99);
        INSERT INTO faces VALUES (2, 1, 1, 0, 0, 9, 9, 0.9, 0.9, 'happy', NULL, 99);
        INSERT INTO corrections VALUES (5, 1, 1, 'sad', 78);
        INSERT INTO corrections VALUES (6, 2, 1, 'sad', 79);
        INSERT INTO processed_taps VALUES ('a tap', 1, 78);
    """,
    "0002": """
        UPDATE users SET set_aside_at = 80, restored_at = 81 WHERE id = 1;
        INSERT INTO reviews VALUES (5, 2, 'rejected', 80), (6, 2, 'skipped', 81);
        INSERT INTO daily_counts VALUES (1, 20000, 5, 2);
    """,
    "0003": """
        INSERT INTO runs (id, started_at, started_by, mode, state, reason, parent, figures)
            VALUES (1, 82, 2, 'head', 'kept', 'no better', 'model', '{"before": 0.5}');
        INSERT INTO run_lessons VALUES (1, 5);
    """,
    "0004": """
        INSERT INTO photos VALUES (2, 1, 'file', 'a newer model', 0, 0.8, 'happy', 83);
        INSERT INTO faces VALUES (3, 2, 0, 0, 0, 9, 9, 0.9, 0.8, 'happy', NULL, 99, 1);
    """,
    "0005": "UPDATE runs SET told = 1;",
    "0006": """
        INSERT INTO corrections (id, face_id, user_id, said, said_at, verdict, probability_happy)
            VALUES (7, 1, 1, 'withdrawn', 84, 'happy', 0.9);
    """,
    "0007": "UPDATE reviews SET user_id = NULL WHERE correction_id = 5;",
    "0008": """
        INSERT INTO inbox VALUES (1, 700, 'message', 1, 1, 85, '{"update_id": 700}', 1, 'pending');
        INSERT INTO menus VALUES ('all_private_chats', '', 'digest');
    """,
    "0009": "UPDATE answers SET nonce = '0123cdef';",
    "0010": """
        UPDATE users SET language = 'de' WHERE id = 1;
        INSERT INTO group_languages VALUES (-9, 'ru');
    """,
    "0011": "UPDATE answer_photos SET has_spoiler = 1;",
    "0012": """
        INSERT INTO retraining_watchers VALUES ('0123', 86);
        INSERT INTO retraining_requests (id, key, requested_at, requested_by, trusted, state)
            VALUES (1, 'f00d', 86, 2, '[2]', 'waiting');
        INSERT INTO retraining_messages VALUES (2, 9, 'de', 1);
    """,
    "0013": """
        INSERT INTO photos VALUES (3, 1, 'another', 'model', 0, 0.6, 'neutral', 87);
        INSERT INTO faces VALUES (4, 3, 0, 0, 0, 9, 9, 0.9, 0.6, 'neutral', NULL, 99, NULL);
        INSERT INTO corrections (id, face_id, user_id, said, said_at, verdict, probability_happy)
            VALUES (8, 4, 1, 'neutral', 88, 'neutral', 0.6);
    """,
    "0014": """
        INSERT INTO replicas VALUES ('cafe', 123456789, 89);
        INSERT INTO chat_owners VALUES (1, 'cafe', 89);
        UPDATE inbox SET owner = 'cafe';
    """,
    "0015": """
        INSERT INTO model_versions VALUES ('a', 90, 0);
        INSERT INTO model_files VALUES ('a', 'mood.tflite', x'00ff');
        INSERT INTO model_choice VALUES (1, 2, 91, 'a', '[]');
    """,
}


def create_old_database(file: Path, newest: str) -> None:
    """Create a database like the bots of all versions up to this one would have filled it."""
    file.parent.mkdir(parents=True)
    file.write_bytes(old_databases()[newest])


@cache
def old_databases() -> dict[str, bytes]:
    """Return the content of such a database for each schema version."""
    found = {}
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "old.sqlite3"
        engine = create_engine(f"sqlite:///{file}")
        for schema in SCHEMAS:
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, schema)
            change(file, ROWS[schema])
            found[schema] = file.read_bytes()
        engine.dispose()
    return found


def change(file: Path, statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(statements)
