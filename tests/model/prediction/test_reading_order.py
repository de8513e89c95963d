import pytest

from model.prediction.reading_order import reading_order
from model.prediction.results import Box


def box(x: int, y: int, side: int = 100) -> Box:
    """Return a square box around a centre."""
    return Box(x - side // 2, y - side // 2, x + side // 2, y + side // 2)


@pytest.mark.parametrize(
    "faces",
    [
        [],
        [box(50, 50)],
        # Two rows, of people who are not equally tall.
        [box(100, 110), box(300, 90), box(500, 130), box(120, 300), box(310, 280), box(480, 310)],
        # The second row stands in the gaps of the first one.
        [box(100, 100), box(300, 100), box(500, 100), box(200, 210), box(400, 205)],
        # A tilted photo: the ends of the row differ by more than a face.
        [box(100, 300), box(300, 265), box(500, 230), box(700, 195), box(900, 160)],
        # A large face beside a small one.
        [box(150, 300, side=300), box(500, 260, side=60)],
    ],
)
def test_faces_are_numbered_row_by_row_from_left_to_right(faces: list[Box]) -> None:
    backwards = faces[::-1]
    assert [backwards[index] for index in reading_order(backwards)] == faces
