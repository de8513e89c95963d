"""The order in which people read a group photo: row by row from the top, from left to right."""

from collections.abc import Sequence

from model.prediction.results import Box


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Return the indices of the boxes in reading order.

    A face is in the row of its horizontal neighbour if their centres are less than half a face's
    height apart vertically. Comparing neighbours keeps a row together in a tilted photo.

    Args:
        boxes: boxes around faces.
    """
    rows: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda index: _middle(boxes[index])[1]):
        row = next((row for row in rows if _continues(boxes, row, index)), None)
        if row is None:
            rows.append([index])
        else:
            row.append(index)
    return [
        index for row in rows for index in sorted(row, key=lambda index: _middle(boxes[index])[0])
    ]


def _continues(boxes: Sequence[Box], row: list[int], index: int) -> bool:
    box, (x, y) = boxes[index], _middle(boxes[index])
    neighbour = min((boxes[other] for other in row), key=lambda other: abs(_middle(other)[0] - x))
    return abs(_middle(neighbour)[1] - y) < (box.height + neighbour.height) / 4


def _middle(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2
