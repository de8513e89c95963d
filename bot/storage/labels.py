"""The labels that people give to faces, stored as corrections."""

from enum import StrEnum

from sqlalchemy import Select, func, select

from bot.storage.schema import corrections, faces

WITHDRAWN = "withdrawn"  # stored instead of a label by a correction that takes one back


class Label(StrEnum):
    """What people can say that a face is."""

    HAPPY = "happy"
    SAD = "sad"
    NOT_A_FACE = "not_a_face"


def newest_label() -> "Select[tuple[str]]":
    """Return the query for a scalar subquery: the newest correction of the enclosing query's face.

    Its result is NULL without a correction, and `WITHDRAWN` if the label was taken back.
    """
    return (
        select(corrections.c.said)
        .where(corrections.c.face_id == func.coalesce(faces.c.same_as, faces.c.id))
        .order_by(corrections.c.id.desc())
        .limit(1)
    )
