"""The labels that people give to faces, stored as corrections.

Retraining learns from the labels happy and sad. Neutral is what confirms the verdict neutral; it is
stored and shown, and speaks against the other two where several people label one picture.
"""

from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select

from bot.storage.schema import corrections, faces
from model.network.verdict import Verdict

WITHDRAWN = "withdrawn"  # stored instead of a label by a correction that takes one back


class Label(StrEnum):
    """What people can say that a face is."""

    HAPPY = "happy"
    SAD = "sad"
    NEUTRAL = "neutral"
    NOT_A_FACE = "not_a_face"


def is_about_sure_verdict() -> ColumnElement[bool]:
    """Return the condition that a correction is about the verdict happy or sad."""
    return corrections.c.verdict.in_([Verdict.HAPPY, Verdict.SAD])


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
