import json
import random
from pathlib import Path

import pytest

from scripts.reliability.updates.random_updates import MARK, RandomUpdates
from scripts.reliability.updates.telegram_types import read_types

DECLARATIONS = """
import type { User } from "./manage.js";
export declare namespace Chat {
    /** A private chat; "with" odd: characters | in & the comment */
    interface PrivateChat { id: number; type: "private"; first_name: string; }
    interface GroupChat { id: number; type: "group"; title: string; }
}
export type Chat = Chat.PrivateChat | Chat.GroupChat;
export declare namespace Message {
    interface Common { message_id: number; date: number; chat: Chat; from?: User; }
    interface Captioned extends Common { caption?: string; }
}
export interface Message extends Message.Captioned {
    text?: string;
    photo?: PhotoSize[];
    reply_to_message?: Omit<Message, "text">;
    rich?: Array<"a" | "b">;
}
interface PhotoSize { file_id: string; width: number; }
export interface User { id: number; is_bot: boolean; first_name: string; }
export interface Update {
    update_id: number;
    message?: Message & { from: User; chat: Exclude<Chat, Chat.GroupChat>; };
    callback_query?: { id: string; from: User; data?: string; };
    poll?: { id: string };
}
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "update.d.ts").write_text(DECLARATIONS, encoding="utf-8")
    return tmp_path


def test_updates_have_what_their_types_demand_unless_damaged(package: Path) -> None:
    updates = RandomUpdates(read_types(package), [5, 6], random.Random(1))
    made = [updates.next() for _ in range(300)]
    kinds = {kind for update in made for kind in update}
    assert {"message", "callback_query", "poll"} <= kinds
    whole = [
        update["message"]
        for update in made
        if isinstance(update.get("message"), dict)
        and {"message_id", "date", "chat", "from"} <= update["message"].keys()
    ]
    assert len(whole) > 50
    assert any(
        message["chat"] == {"id": 5, "type": "private", "first_name": MARK} for message in whole
    )
    assert any("photo" in message for message in whole)


def test_the_same_seed_makes_the_same_updates(package: Path) -> None:
    types = read_types(package)
    one, other = (RandomUpdates(types, [5], random.Random(3)) for _ in range(2))
    for _ in range(50):
        first, second = one.next(), other.next()
        for update in (first, second):
            if isinstance(update.get("message"), dict):
                update["message"].pop("date", None)  # depends on the clock
        assert json.dumps(first).count(MARK) == json.dumps(second).count(MARK)


def test_a_folder_without_the_types_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no type Update"):
        read_types(tmp_path)
