"""The parse modes: what becomes which entity, and what does not parse."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.errors import BotApiError
from bot.sandbox.markup.parse import PARSERS, parse_markup
from bot.sandbox.server import SandboxServer
from bot.sandbox.text import entity_text, utf16_length
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ANNA


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """One sandbox for the whole module: no test depends on what others have sent."""
    with SandboxServer() as server:
        yield server


def _seen(text: str, mode: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the plain text and (type, covered text) of each entity."""
    plain, entities = parse_markup(text, mode)
    return plain, [(entity["type"], entity_text(plain, entity)) for entity in entities]


@pytest.mark.parametrize(
    ("html", "plain", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b><strong>b</strong>", "ab", [("bold", "a"), ("bold", "b")]),
        ("<i>a</i><em>b</em>", "ab", [("italic", "a"), ("italic", "b")]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", "a"), ("underline", "b")]),
        (
            "<s>a</s><strike>b</strike><del>c</del>",
            "abc",
            [("strikethrough", "a"), ("strikethrough", "b"), ("strikethrough", "c")],
        ),
        (
            '<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>',
            "ab",
            [("spoiler", "a"), ("spoiler", "b")],
        ),
        ("<b>a <i>😀 b</i></b> c", "a 😀 b c", [("bold", "a 😀 b"), ("italic", "😀 b")]),
        ("<B >a</b >", "a", [("bold", "a")]),
        ("<b></b>x", "x", []),
        ("<code>a &lt; b</code>", "a < b", [("code", "a < b")]),
        ("<blockquote>a\nb</blockquote>c", "a\nbc", [("blockquote", "a\nb")]),
        (
            "<blockquote expandable>a</blockquote>",
            "a",
            [("expandable_blockquote", "a")],
        ),
        ("&lt;&gt;&amp;&quot;&#65;&#x1F600;&copy;&#0;&", '<>&"A😀&copy;&#0;&', []),
    ],
)
def test_html(html: str, plain: str, entities: list[tuple[str, str]]) -> None:
    assert _seen(html, "HTML") == (plain, entities)


@pytest.mark.parametrize(
    ("html", "fields"),
    [
        ('<a href="https://example.com">x</a>', {"url": "https://example.com/"}),
        ("<a href='example.com/a?b=1&amp;c=2'>x</a>", {"url": "http://example.com/a?b=1&c=2"}),
        ("<a>t.me</a>", {"url": "http://t.me/"}),
        ('<pre><code class="language-python">x</code></pre>', {"language": "python"}),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
         {"custom_emoji_id": "5368324170671202286"}),
    ],
)  # fmt: skip
def test_html_entities_with_attributes(html: str, fields: dict[str, str]) -> None:
    _, [entity] = parse_markup(html, "HTML")
    assert {name: entity[name] for name in fields} == fields


def test_a_link_to_a_user_is_a_mention() -> None:
    _, [entity] = parse_markup('<a href="tg://user?id=1001">her</a>', "HTML")
    assert entity["type"] == "text_mention"
    assert entity["user"]["first_name"] == "Anna"
    assert parse_markup('<a href="tg://user?id=77">who</a>', "HTML") == ("who", [])


@pytest.mark.parametrize("address", ["nowhere", "javascript://x.y", "http://", "a b.c"])
def test_an_invalid_link_is_plain_text(address: str) -> None:
    assert parse_markup(f'<a href="{address}">x</a>', "HTML") == ("x", [])


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ü<b", "Unclosed start tag at byte offset 2"),
        ("<b ", "Unclosed start tag at byte offset 0"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<script>", 'Unsupported start tag "script" at byte offset 0'),
        ("1 < 2 > 1", 'Unsupported start tag "" at byte offset 2'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        (
            "<b><i>test</b></i>",
            'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"',
        ),
        (
            "<a href>x</a>",
            'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
        ),
        ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=a/b>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        (
            '<tg-emoji emoji-id="x">x</tg-emoji>',
            "Invalid custom emoji identifier specified",
        ),
    ],
)
def test_invalid_html(html: str, reason: str) -> None:
    with pytest.raises(BotApiError) as caught:
        parse_markup(html, "html")
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("*b* _i_ __u__ ~s~", "b i u s", [("bold", "b"), ("italic", "i"), ("underline", "u"),
                                          ("strikethrough", "s")]),
        ("||x|| `c`", "x c", [("spoiler", "x"), ("code", "c")]),
        ("*b _i __u__ i_ b*", "b i u i b", [("bold", "b i u i b"), ("italic", "i u i"),
                                            ("underline", "u")]),
        (r"a\.b\-c\!", "a.b-c!", []),
        (r"`a.b_c\`d`", "a.b_c`d", [("code", "a.b_c`d")]),
        ("```\na*b\n```", "a*b\n", [("pre", "a*b\n")]),
        (">a\n>b\nc", "a\nb\nc", [("blockquote", "a\nb\n")]),
        ("x\n>a", "x\na", [("blockquote", "a")]),
        ("[l](nowhere)", "l", []),
    ],
)  # fmt: skip
def test_markdown_v2(text: str, plain: str, entities: list[tuple[str, str]]) -> None:
    assert _seen(text, "MarkdownV2") == (plain, entities)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (r"[x](http://example.com/\)a)", {"url": "http://example.com/)a"}),
        ("[example\\.com]", {"url": "http://example.com/"}),
        ("```python\nx```", {"language": "python"}),
        ("![👍](tg://emoji?id=5368324170671202286)", {"custom_emoji_id": "5368324170671202286"}),
    ],
)
def test_markdown_v2_entities_with_attributes(text: str, fields: dict[str, str]) -> None:
    _, [entity] = parse_markup(text, "MarkdownV2")
    assert {name: entity[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a|b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("a > b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("ü *b", "Can't find end of Bold entity at byte offset 3"),
        ("_i", "Can't find end of Italic entity at byte offset 0"),
        ("__u", "Can't find end of Underline entity at byte offset 0"),
        ("~s", "Can't find end of Strikethrough entity at byte offset 0"),
        ("||s", "Can't find end of Spoiler entity at byte offset 0"),
        ("`c", "Can't find end of Code entity at byte offset 0"),
        ("```c", "Can't find end of Pre entity at byte offset 0"),
        ("```py\nc", "Can't find end of PreCode entity at byte offset 0"),
        ("[l", "Can't find end of TextUrl entity at byte offset 0"),
        ("[l](x", "Can't find end of a URL at byte offset 4"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        ("![x]", "Custom emoji entity must contain a tg://emoji URL"),
        ("![x](http://a.b)", "Custom emoji URL must have an emoji identifier"),
    ],
)
def test_invalid_markdown_v2(text: str, reason: str) -> None:
    with pytest.raises(BotApiError) as caught:
        parse_markup(text, "MarkdownV2")
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("*b* _i_ `c`", "b i c", [("bold", "b"), ("italic", "i"), ("code", "c")]),
        ("```py\nx.y```!", "x.y!", [("pre", "x.y")]),
        ("[l](http://a.b/c) [a.b]", "l a.b", [("text_link", "l"), ("text_link", "a.b")]),
        (r"\*not\_ 1.5", "*not_ 1.5", []),
    ],
)
def test_legacy_markdown(text: str, plain: str, entities: list[tuple[str, str]]) -> None:
    assert _seen(text, "Markdown") == (plain, entities)


def test_invalid_legacy_markdown() -> None:
    with pytest.raises(BotApiError, match="Can't find end of the entity starting at byte offset 3"):
        parse_markup("ü _i", "Markdown")


@settings(max_examples=300, deadline=None)
@given(
    mode=st.sampled_from(sorted(PARSERS)),
    pieces=st.lists(
        st.sampled_from(
            [*"<>&;=\"'/ \\*_~`|[]()!#\n.>abü😀", "<b>", "</b>", "<a href='t.me'>", "</a>", "||",
             "__", "```", "<pre>", "<code class=\"language-x\">", "</code>", "</pre>", "&lt;"]
        ),
        max_size=40,
    ),
)  # fmt: skip
def test_any_text_parses_or_is_rejected(mode: str, pieces: list[str]) -> None:
    try:
        plain, entities = parse_markup("".join(pieces), mode)
    except BotApiError:
        return
    for entity in entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= utf16_length(plain)


@pytest.mark.parametrize(
    ("entities", "description"),
    [
        (["bold"], "can't parse MessageEntity: MessageEntity must be an Object"),
        ([{"type": "huge"}], "can't parse MessageEntity: Unsupported type specified"),
        ([{"type": "bold"}], "can't parse MessageEntity: Can't find field \"offset\""),
        (
            [{"type": "bold", "offset": -1, "length": 1}],
            "receive an entity with incorrect offset -1",
        ),
        (
            [{"type": "bold", "offset": 100, "length": 1}],
            "entity begins after the end of the text at UTF-16 offset 100",
        ),
        (
            [{"type": "bold", "offset": 0, "length": 100}],
            "entity beginning at UTF-16 offset 0 ends after the end of the text "
            "at UTF-16 offset 100",
        ),
        (
            [{"type": "text_link", "offset": 0, "length": 1}],
            "can't parse MessageEntity: Can't find field \"url\"",
        ),
        (
            [{"type": "text_link", "offset": 0, "length": 1, "url": "not-a-url"}],
            "entity URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
        (
            [{"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 5}}],
            "user not found",
        ),
        ({"type": "bold"}, "can't parse MessageEntity: Expected an Array of MessageEntity"),
    ],
)
def test_invalid_entities_are_rejected(
    bot_api: BotApiClient, entities: object, description: str
) -> None:
    refused = bot_api.error("sendMessage", chat_id=ANNA, text="hello", entities=entities)
    assert refused == (400, f"Bad Request: {description}")


def test_entities_can_be_passed_instead_of_a_parse_mode(bot_api: BotApiClient) -> None:
    given: list[dict[str, Any]] = [
        {"type": "italic", "offset": 2, "length": 5},
        {"type": "pre", "offset": 8, "length": 4, "language": "c"},
        {"type": "hashtag", "offset": 0, "length": 1},
        {"type": "text_mention", "offset": 13, "length": 3, "user": {"id": ANNA}},
    ]
    sent = bot_api.call("sendMessage", chat_id=ANNA, text="  hello code you", entities=given)
    assert sent["text"] == "hello code you"
    assert [(e["type"], e["offset"], e["length"]) for e in sent["entities"]] == [
        ("italic", 0, 5),
        ("pre", 6, 4),
        ("text_mention", 11, 3),
    ]
    assert sent["entities"][2]["user"]["username"] == "anna"


def test_an_unknown_parse_mode_is_rejected(bot_api: BotApiClient) -> None:
    refused = bot_api.error("sendMessage", chat_id=ANNA, text="x", parse_mode="BBCode")
    assert refused == (400, "Bad Request: unsupported parse_mode")


def test_a_text_that_does_not_parse_is_rejected(bot_api: BotApiClient) -> None:
    refused = bot_api.error("sendMessage", chat_id=ANNA, text="1 < 2", parse_mode="HTML")
    assert refused == (
        400,
        'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 2',
    )
