"""Which corrections the bot has acknowledged, and whether all are stored, each once."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from bot.keyboards.corrections import CORRECTING, parse
from bot.keyboards.retraining import START
from scripts.reliability.ledger import Ledger

# What the functions below compare with.
TAPS = "SELECT id FROM processed_taps"
CORRECTIONS = "SELECT face_id, said FROM corrections ORDER BY id"


def acknowledged_taps(ledger: Ledger) -> set[str]:
    """Return the ids of the taps with a correction that the bot has confirmed."""
    return {
        query_id
        for query_id, tap in ledger.taps.items()
        if tap.data != START
        and parse(tap.data).action in CORRECTING
        and any(not answer["show_alert"] for _, answer in tap.answers)
    }


def corrected_twice(corrections: Iterable[Sequence[object]]) -> list[object]:
    """Return the faces that have the same label twice in a row.

    Args:
        corrections: rows of `CORRECTIONS`.
    """
    said: dict[object, list[object]] = {}
    for face, label in corrections:
        said.setdefault(face, []).append(label)
    return [
        face
        for face, labels in said.items()
        if any(one == other for one, other in pairwise(labels))
    ]
