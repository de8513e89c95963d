import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.data.cleaning import Issue, IssueType, apply_fix, find_issues, list_images
from model.faces.detector import FaceDetector
from model.faces.face import Face
from tests.support.pictures import encode, png_bytes
from tests.support.portraits import ASTRONAUT, group_photo, portrait


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector()


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def find(folder: Path, detector: FaceDetector) -> list[Issue]:
    return find_issues(folder, list_images(folder), detector)


def issue_types(folder: Path, detector: FaceDetector) -> dict[str, str]:
    return {str(one.file): one.type.value for one in find(folder, detector)}


def content_hashes(folder: Path) -> Counter[str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return Counter(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """Files with each issue, and files without one."""
    face = ASTRONAUT.read_bytes()
    mirrored = portrait().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    crop = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    for name, content in {
        "happy/astronaut.jpg": face,
        "happy/again.jpg": face,
        "happy/smaller.png": encode(portrait().resize((300, 300)), "PNG"),
        "happy/mirrored.jpg": encode(mirrored, "PNG"),
        "happy/crop.png": encode(Image.fromarray(crop).resize((48, 48)), "PNG"),
        "sad/group.webp": encode(group_photo(), "WEBP"),
        "sad/page.jpg": b"<html>404</html>",
        "sad/empty.png": b"",
        "sad/cut.jpg": face[:9000],
        "sad/bitmap.bmp": encode(portrait(), "BMP"),
        "sad/icon.png": png_bytes((20, 20)),
        "sad/dot.png": png_bytes((3, 3)),
        "sad/wall.jpg": encode(Image.new("RGB", (300, 200), (90, 120, 90)), "JPEG"),
        "sad/notes.txt": b"not meant to be a picture",
        "README.md": b"about this folder",
    }.items():
        write(tmp_path / name, content)
    return tmp_path


def test_every_issue_is_found(messy: Path, detector: FaceDetector) -> None:
    assert issue_types(messy, detector) == {
        "sad/bitmap.bmp": "unreadable",
        "sad/cut.jpg": "unreadable",
        "sad/empty.png": "unreadable",
        "sad/page.jpg": "unreadable",
        "sad/dot.png": "tiny",
        "sad/icon.png": "tiny",
        "sad/wall.jpg": "no-face",
        "happy/astronaut.jpg": "duplicate",
        "happy/smaller.png": "duplicate",
        "happy/mirrored.jpg": "misnamed",
    }


def test_finding_issues_changes_no_file(messy: Path, detector: FaceDetector) -> None:
    before = {file: file.stat().st_mtime_ns for file in messy.rglob("*")}
    find(messy, detector)
    assert {file: file.stat().st_mtime_ns for file in messy.rglob("*")} == before


def test_after_all_fixes_no_file_is_lost_and_no_issue_is_left(
    messy: Path, detector: FaceDetector
) -> None:
    before = content_hashes(messy)
    for issue in find(messy, detector):
        apply_fix(messy, issue)
    assert content_hashes(messy) == before
    assert find(messy, detector) == []
    left = {str(file) for file in list_images(messy)}
    assert left == {
        "happy/again.jpg", "happy/crop.png", "happy/mirrored.png", "sad/group.webp",
    }  # fmt: skip
    removed = messy / "_removed"
    assert (removed / "duplicate" / "happy" / "smaller.png").exists()
    assert (removed / "no-face" / "sad" / "wall.jpg").exists()
    assert (messy / "sad" / "notes.txt").exists()


def test_the_largest_copy_is_kept(tmp_path: Path, detector: FaceDetector) -> None:
    write(tmp_path / "happy" / "a.png", encode(portrait().resize((200, 200)), "PNG"))
    write(tmp_path / "happy" / "b.png", encode(portrait(), "PNG"))
    write(tmp_path / "happy" / "c.png", encode(portrait(), "PNG"))
    exact, small = find(tmp_path, detector)
    assert (str(exact.file), exact.detail) == ("happy/c.png", "exact copy of happy/b.png")
    assert (str(small.file), small.detail) == ("happy/a.png", "nearly the same as happy/b.png")


def test_a_picture_with_two_labels_is_an_issue_at_both(
    tmp_path: Path, detector: FaceDetector
) -> None:
    write(tmp_path / "train" / "happy" / "a.jpg", ASTRONAUT.read_bytes())
    write(tmp_path / "test" / "sad" / "b.jpg", encode(portrait(), "JPEG", quality=60))
    assert issue_types(tmp_path, detector) == {
        "test/sad/b.jpg": "contradiction",
        "train/happy/a.jpg": "contradiction",
    }


def test_a_picture_in_two_parts_of_a_data_set_is_a_duplicate(
    tmp_path: Path, detector: FaceDetector
) -> None:
    for part in ("train", "test"):
        write(tmp_path / part / "happy" / "a.jpg", ASTRONAUT.read_bytes())
    assert list(issue_types(tmp_path, detector).values()) == ["duplicate"]


def test_copies_of_a_blank_crop_are_duplicates(tmp_path: Path, detector: FaceDetector) -> None:
    for name, level in (("a", 90), ("b", 90), ("c", 91)):
        write(tmp_path / "sad" / f"{name}.png", png_bytes((48, 48), (level, level, level)))
    assert issue_types(tmp_path, detector) == {"sad/b.png": "duplicate"}


def test_a_face_that_fills_the_picture_is_found(tmp_path: Path, detector: FaceDetector) -> None:
    write(tmp_path / "happy" / "close.png", encode(portrait().crop((175, 75, 275, 185)), "PNG"))
    assert find(tmp_path, detector) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("a.PNG", "a.jpg"), ("a.jfif", "a.jpg"), ("a", "a.jpg"), ("holiday 2.5", "holiday 2.5.jpg")],
)
def test_a_misnamed_picture_is_renamed_in_place(
    tmp_path: Path, detector: FaceDetector, old: str, new: str
) -> None:
    write(tmp_path / "happy" / old, ASTRONAUT.read_bytes())
    (issue,) = find(tmp_path, detector)
    assert (issue.type, issue.detail) == (IssueType.MISNAMED, "is JPEG")
    assert apply_fix(tmp_path, issue) == Path("happy") / new
    assert find(tmp_path, detector) == []


@pytest.mark.parametrize("name", ["a.JPG", "a.jpeg"])
def test_correct_names_are_no_issue(tmp_path: Path, detector: FaceDetector, name: str) -> None:
    write(tmp_path / "happy" / name, ASTRONAUT.read_bytes())
    assert find(tmp_path, detector) == []


def test_no_file_is_overwritten(tmp_path: Path, detector: FaceDetector) -> None:
    write(tmp_path / "happy" / "a.png", ASTRONAUT.read_bytes())
    write(tmp_path / "happy" / "a.jpg", encode(group_photo(), "JPEG"))
    write(tmp_path / "sad" / "b.jpg", b"")
    write(tmp_path / "_removed" / "unreadable" / "sad" / "b.jpg", b"from an earlier run")
    before = content_hashes(tmp_path)
    places = {str(apply_fix(tmp_path, issue)) for issue in find(tmp_path, detector)}
    assert places == {"happy/a-2.jpg", "_removed/unreadable/sad/b-2.jpg"}
    assert content_hashes(tmp_path) == before


def test_hidden_files_are_ignored(tmp_path: Path, detector: FaceDetector) -> None:
    write(tmp_path / "happy" / "a.jpg", ASTRONAUT.read_bytes())
    write(tmp_path / "happy" / ".hidden.jpg", b"")
    write(tmp_path / ".cache" / "b.jpg", b"")
    assert find(tmp_path, detector) == []


def test_a_link_to_another_picture_is_the_copy_and_still_leads_to_it_when_moved(
    tmp_path: Path, detector: FaceDetector
) -> None:
    write(tmp_path / "happy" / "z.jpg", ASTRONAUT.read_bytes())
    (tmp_path / "happy" / "a.jpg").symlink_to("z.jpg")
    (issue,) = find(tmp_path, detector)
    assert (issue.type, issue.file) == (IssueType.DUPLICATE, Path("happy/a.jpg"))
    moved = tmp_path / apply_fix(tmp_path, issue)
    assert moved.is_symlink()
    assert moved.resolve() == tmp_path / "happy" / "z.jpg"
    assert not (tmp_path / "happy" / "a.jpg").is_symlink()


def test_a_file_deleted_meanwhile_counts_as_unreadable(
    tmp_path: Path, detector: FaceDetector
) -> None:
    (issue,) = find_issues(tmp_path, [Path("happy/gone.jpg")], detector)
    assert issue.type is IssueType.UNREADABLE


def test_a_face_that_fills_the_picture_is_found_with_a_border_around_it(tmp_path: Path) -> None:
    class NeedsBorder(FaceDetector):
        def detect(self, photo: Image.Image) -> list[Face]:
            return super().detect(photo) if photo.height > 512 else []

    write(tmp_path / "happy" / "close.png", encode(portrait().resize((512, 512)), "PNG"))
    assert issue_types(tmp_path, NeedsBorder()) == {}
