"""The chat page in a real browser: pictures and files, all ways in and out."""

import base64
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import FilePayload, JSHandle, Page, expect

from bot.sandbox.server import SandboxServer
from tests.support.browser import BrowserPages
from tests.support.pictures import jpeg_bytes, png_bytes, scene_bytes
from tests.support.sandbox_client import ALEX, GROUP, SandboxClient
from tests.support.scripted_bot import ScriptedBot, markup

pytestmark = pytest.mark.browser

# A `DataTransfer` as a drag or the clipboard brings it, with files made of base64.
TRANSFER: Final = """files => {
  const transfer = new DataTransfer();
  for (const [name, type, data] of files) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""
PASTE: Final = """transfer => document.activeElement.dispatchEvent(
  new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }))"""


def jpeg(name: str = "photo.jpg", size: tuple[int, int] = (640, 480)) -> FilePayload:
    """Return a picture as a file chooser gives it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": scene_bytes(size)}


def choose(page: Page, *files: FilePayload) -> None:
    """Choose files as the system's file chooser would."""
    page.get_by_test_id("file-input").set_input_files(list(files))


def transfer(page: Page, *files: FilePayload) -> JSHandle:
    """Return a `DataTransfer` with files."""
    plain = [[f["name"], f["mimeType"], base64.b64encode(f["buffer"]).decode()] for f in files]
    return page.evaluate_handle(TRANSFER, plain)


def test_a_photo_goes_out_and_the_bot_answers_with_one(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    browser_page: BrowserPages,
    artifacts: Path,
) -> None:
    page = browser_page(chat_server.url)
    choose(page, jpeg(size=(1600, 1200)))
    expect(page.get_by_test_id("tray").get_by_role("img")).to_have_count(1)
    page.get_by_test_id("composer").fill("Our team")
    page.get_by_test_id("send").click()
    message = scripted_bot.next()
    assert message["caption"] == "Our team"
    assert [max(size["width"], size["height"]) for size in message["photo"]] == [90, 320, 800, 1280]
    answer = scripted_bot.call(
        "sendPhoto",
        files={"photo": scene_bytes((900, 600), faces=3)},
        chat_id=ALEX,
        caption="3 faces: all happy",
        reply_parameters={"message_id": message["message_id"]},
        reply_markup=markup([["1", "2", "3"], ["All right"]]),
    )
    shown = page.get_by_test_id(f"message-{answer['message_id']}")
    expect(shown).to_contain_text("3 faces: all happy")
    expect(shown.locator(".quote")).to_contain_text("Our team")
    picture = shown.locator(".tile img")
    expect(picture).to_be_in_viewport()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
    expect(page.get_by_test_id("tray")).to_be_hidden()
    page.screenshot(path=artifacts / "page-desktop-light.png")


def test_the_lightbox_opens_walks_and_closes(
    chat_server: SandboxServer, people: SandboxClient, browser_page: BrowserPages
) -> None:
    first = people.send_photo(jpeg_bytes((600, 400)), "the first", user=ALEX)
    people.send_photo(jpeg_bytes((300, 500)), user=ALEX)
    page = browser_page(chat_server.url)
    lightbox = page.get_by_test_id("lightbox")
    tile = page.get_by_test_id(f"message-{first['message_id']}").locator(".tile")
    tile.click()
    expect(lightbox).to_contain_text("the first")
    expect(lightbox).to_contain_text("1 of 2")
    page.keyboard.press("ArrowRight")
    expect(lightbox).to_contain_text("2 of 2")
    page.keyboard.press("Escape")
    expect(lightbox).to_be_hidden()
    expect(tile).to_be_focused()


def test_dropped_pictures_land_in_the_tray_and_the_zone_says_how_they_go(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    for zone, kind in (("drop-photos", "photo"), ("drop-files", "document")):
        dragged = transfer(page, jpeg())
        page.locator("#timeline").dispatch_event("dragenter", {"dataTransfer": dragged})
        expect(page.get_by_test_id(zone)).to_be_visible()
        page.get_by_test_id(zone).dispatch_event("dragover", {"dataTransfer": dragged})
        page.get_by_test_id(zone).dispatch_event("drop", {"dataTransfer": dragged})
        expect(page.get_by_test_id(zone)).to_be_hidden()
        page.keyboard.press("Enter")
        assert kind in scripted_bot.next()


def test_dragging_out_of_the_page_hides_the_drop_zone(
    chat_server: SandboxServer, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    dragged = transfer(page, jpeg())
    page.locator("#timeline").dispatch_event("dragenter", {"dataTransfer": dragged})
    expect(page.get_by_test_id("drop-photos")).to_be_visible()
    page.get_by_test_id("drop-photos").dispatch_event("dragleave", {"dataTransfer": dragged})
    expect(page.get_by_test_id("drop-photos")).to_be_hidden()


def test_a_pasted_picture_lands_in_the_tray(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    png: FilePayload = {"name": "image.png", "mimeType": "image/png", "buffer": png_bytes((50, 40))}
    page.evaluate(PASTE, transfer(page, png))
    expect(page.get_by_test_id("tray")).to_contain_text("1 photo")
    page.keyboard.press("Enter")
    photo = scripted_bot.next()["photo"]
    assert (photo[-1]["width"], photo[-1]["height"]) == (50, 40)


def test_an_album_is_one_bubble_and_what_was_taken_out_is_not_in_it(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    people: SandboxClient,
    browser_page: BrowserPages,
) -> None:
    page = browser_page(chat_server.url)
    choose(page, *(jpeg(f"{name}.jpg") for name in "abcde"))
    page.get_by_role("button", name="Remove c.jpg").click()
    expect(page.get_by_test_id("tray")).to_contain_text("4 photos")
    page.get_by_test_id("composer").fill("Four of us")
    page.get_by_test_id("send").click()
    album = [scripted_bot.next() for _ in range(4)]
    assert len({message["media_group_id"] for message in album}) == 1
    assert [message.get("caption") for message in album] == ["Four of us", None, None, None]
    expect(page.locator("article")).to_have_count(1)
    expect(page.locator("article .tile")).to_have_count(4)
    for message in album:
        expect(page.get_by_test_id(f"message-{message['message_id']}")).to_be_visible()

    people.send_photos([jpeg_bytes((200, 300))] * 10, user=ALEX)
    expect(page.locator("article").last.locator(".tile")).to_have_count(10)


def test_files_beyond_an_albums_limit_are_reported_and_left_out(
    chat_server: SandboxServer, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    choose(page, *(jpeg(f"{number}.jpg", (40, 30)) for number in range(12)))
    expect(page.get_by_test_id("tray").get_by_role("listitem")).to_have_count(10)
    expect(page.get_by_role("alert")).to_contain_text("2 files were left out")
    page.get_by_role("button", name="Remove all").click()
    expect(page.get_by_test_id("tray")).to_be_hidden()
    expect(page.get_by_test_id("composer")).to_be_focused()


def test_a_picture_can_go_as_a_file_and_other_files_always_do(
    chat_server: SandboxServer, scripted_bot: ScriptedBot, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    original = jpeg("holiday.jpg")
    choose(page, original)
    page.get_by_test_id("as-document").click()
    page.get_by_test_id("send").click()
    message = scripted_bot.next()
    assert message["document"]["file_name"] == "holiday.jpg"
    assert message["document"]["file_size"] == len(original["buffer"])
    # Not the row of the message that is still being sent, which looks the same.
    row = page.get_by_test_id(f"message-{message['message_id']}").locator(".file")
    expect(row).to_contain_text("holiday.jpg")
    expect(row).to_contain_text("JPG")
    row.click()
    expect(page.get_by_test_id("lightbox")).to_be_visible()
    page.keyboard.press("Escape")

    notes: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"a" * 2048}
    choose(page, jpeg(), notes)
    expect(page.get_by_test_id("tray")).to_contain_text("1 photo and 1 file")
    page.get_by_test_id("send").click()
    assert "photo" in scripted_bot.next()
    assert scripted_bot.next()["document"]["file_name"] == "notes.txt"
    notes_row = page.get_by_role("link", name="Download notes.txt")
    expect(notes_row).to_contain_text("TXT · 2 KB")
    with page.expect_download() as download:
        notes_row.click()
    assert Path(download.value.path()).read_bytes() == notes["buffer"]


def test_heic_has_a_placeholder_in_the_tray(
    chat_server: SandboxServer, browser_page: BrowserPages
) -> None:
    page = browser_page(chat_server.url)
    choose(page, {"name": "IMG_1.HEIC", "mimeType": "", "buffer": b"\0\0\0\x18ftypheic" * 9})
    tray = page.get_by_test_id("tray")
    expect(tray).to_contain_text("1 photo")
    expect(tray.get_by_role("listitem")).to_contain_text("HEIC")
    expect(tray.get_by_role("img")).to_have_count(0)


def test_odd_shapes_stay_within_the_chat(
    chat_server: SandboxServer, people: SandboxClient, browser_page: BrowserPages
) -> None:
    for size in ((100, 1900), (1900, 100), (20, 15), (3000, 2000)):
        people.send_photo(jpeg_bytes(size), user=ALEX, chat=GROUP)
    page = browser_page(f"{chat_server.url}/#{ALEX}/{GROUP}")
    expect(page.locator(".tile img")).to_have_count(4)
    for tile in page.locator(".tile").all():
        box = tile.bounding_box()
        assert box is not None
        assert 80 <= box["height"] <= 420
        assert 160 <= box["width"] <= 420
    # Faces at the edges of wide pictures are not cut off.
    people.send_photos([jpeg_bytes((1600, 700))] * 2, user=ALEX, chat=GROUP)
    expect(page.locator(".album .tile")).to_have_count(2)
    for tile in page.locator(".album .tile").all():
        box = tile.bounding_box()
        assert box is not None
        assert box["width"] / box["height"] == pytest.approx(1600 / 700, rel=0.02)


def test_a_covered_photo_is_shown_on_a_tap_and_a_protected_one_is_marked(
    chat_server: SandboxServer,
    scripted_bot: ScriptedBot,
    browser_page: BrowserPages,
    artifacts: Path,
) -> None:
    page = browser_page(chat_server.url)
    choose(page, jpeg())
    page.get_by_test_id("spoiler").click()
    page.get_by_test_id("send").click()
    asked = scripted_bot.next()
    assert asked["has_media_spoiler"]
    answer = scripted_bot.call(
        "sendPhoto",
        files={"photo": scene_bytes((900, 600), faces=3)},
        chat_id=ALEX,
        has_spoiler=True,
        protect_content=True,
        reply_parameters={"message_id": asked["message_id"]},
    )
    shown = page.get_by_test_id(f"message-{answer['message_id']}")
    expect(shown.locator(".quote img")).to_have_css("filter", "blur(5px)")
    expect(shown).to_contain_text("protected")
    picture = shown.locator(".tile img")
    expect(picture).to_have_css("filter", "blur(22px)")
    page.screenshot(path=artifacts / "page-covered.png")
    shown.get_by_role("button", name="Show the covered photo").click()
    expect(picture).to_have_css("filter", "none")
    lightbox = page.get_by_test_id("lightbox")
    expect(lightbox).to_be_hidden()
    shown.locator(".tile").click()
    expect(lightbox).to_be_visible()
    expect(lightbox.get_by_role("link", name="Download")).to_have_count(0)
