"""Automatic entities and trimming."""

import pytest

from bot.sandbox.text import add_detected_entities, entity_text, trim, utf16_length


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now", [("bot_command", "/start")]),
        ("/mood@some_bot", [("bot_command", "/mood@some_bot")]),
        ("and/or a//b", []),
        ("hi @anna, @b @x_y!", [("mention", "@anna"), ("mention", "@x_y")]),
        ("mail me@example.com.", [("email", "me@example.com")]),
        ("see https://example.com/a?b=c.", [("url", "https://example.com/a?b=c")]),
        ("(www.example.com)", [("url", "www.example.com")]),
        ("#tag #1 #ünï", [("hashtag", "#tag"), ("hashtag", "#ünï")]),
        ("https://t.me/a#b /x", [("url", "https://t.me/a#b"), ("bot_command", "/x")]),
        ("😀 /start", [("bot_command", "/start")]),
    ],
)
def test_entities_are_detected(text: str, found: list[tuple[str, str]]) -> None:
    entities = add_detected_entities(text, [])
    assert [(entity["type"], entity_text(text, entity)) for entity in entities] == found


def test_nothing_is_detected_in_code_and_links() -> None:
    given = [{"type": "code", "offset": 0, "length": 6}]
    assert add_detected_entities("/start @anna", given) == [
        *given,
        {"type": "mention", "offset": 7, "length": 5},
    ]


def test_length_is_in_utf_16_units() -> None:
    assert [utf16_length(text) for text in ("", "a", "ü", "😀", "👨‍👩‍👧")] == [0, 1, 1, 2, 8]


def test_trimming_moves_entities() -> None:
    entities = [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "italic", "offset": 4, "length": 3},
        {"type": "code", "offset": 7, "length": 2},
    ]
    assert trim(" \n ab c  ", entities) == (
        "ab c",
        [
            {"type": "bold", "offset": 0, "length": 1},
            {"type": "italic", "offset": 1, "length": 3},
        ],
    )
