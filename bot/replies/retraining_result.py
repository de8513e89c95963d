"""The card with the result of a retraining: HTML that fits under a picture."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bot.i18n import _, translated
from bot.replies.gate import summarize_rejection
from bot.replies.retraining import percent
from bot.storage.runs import Run, State
from model.retraining.plot_texts import PlotTexts

Metrics = Mapping[str, Any]  # of one set of faces, as the gate measures them
Row = tuple[str, str, str]

MAX_CAPTION_LENGTH = 1024


def card(run: Run, question: str = "") -> str:
    """Say whether a version was promoted, and why; reasons that do not fit are left out.

    Args:
        run: a run that came to a result.
        question: what to ask below, in HTML; if there is no room for both, it is all that is said.
    """
    if run.state is State.PROMOTED:
        head = "✅ " + _("Better than the old one, so I use it from now on")
        then = _("{version} is now in use, instead of {parent}.")
    else:
        head = f"⏸ {summarize_rejection(run.reasons)}"
        then = _("{parent} stays in use; {version} is only kept.")
    then = then.format(version=escape(run.version or ""), parent=escape(run.parent))
    table = f"<pre>{escape(_table(run.figures or {}))}</pre>"
    reasons = [f"• {escape(translated(reason))}" for reason in run.reasons]
    lines, end = [f"<b>{head}</b>", then, table], ["", question] if question else []
    while len("\n".join([*lines, *reasons, *end])) > MAX_CAPTION_LENGTH and reasons:
        reasons.pop()
    whole = "\n".join([*lines, *reasons, *end])
    return whole if len(whole) <= MAX_CAPTION_LENGTH or not question else question


def plot_texts() -> PlotTexts:
    """Return the words in the plot above the card."""
    return PlotTexts(
        share_right=_("Right answers, with 95 % intervals"),
        answers=_("Answers"),
        validation=_("Validation faces"),
        corrections=_("Corrections"),
        before=_("before"),
        after=_("after"),
        happy=_("happy"),
        sad=_("sad"),
        answer=_("answer"),
        people=_("what people say"),
        training=_("Training"),
        epoch=_("epoch"),
        loss=_("loss"),
        accuracy=_("accuracy"),
        no_epochs=_("no epoch was reported"),
    )


def _table(figures: Mapping[str, Mapping[str, Metrics]]) -> str:
    """Lay out the metrics before and after in columns, for a monospaced font."""
    before, after = figures.get("before", {}), figures.get("after", {})
    head = ("", _("before"), _("after"))
    blocks = {name: _rows(before[name], after[name]) for name in after}
    rows = [head, *(row for block in blocks.values() for row in block)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [_aligned(head, widths)]
    for name, block in blocks.items():
        lines += [_set(name), *(_aligned(row, widths) for row in block)]
    return "\n".join(lines)


def _rows(before: Metrics, after: Metrics) -> list[Row]:
    return [
        (_("right"), percent(before["accuracy"], 1), percent(after["accuracy"], 1)),
        ("95\u202f%", _interval(before), _interval(after)),
        *_balanced(before, after),
        (_("ECE"), f"{before['ece']:.3f}", f"{after['ece']:.3f}"),
        (_("faces"), str(before["n"]), str(after["n"])),
    ]


def _balanced(before: Metrics, after: Metrics) -> list[Row]:
    """Return a row with the balanced accuracy, where it was measured: not by earlier releases."""
    was, is_now = (one.get("balanced_accuracy") for one in (before, after))
    if was is None or is_now is None:
        return []
    return [(_("balanced"), percent(was, 1), percent(is_now, 1))]


def _set(name: str) -> str:
    known = {"base validation": _("Validation faces"), "corrections": _("Corrections")}
    return known.get(name, name)


def _interval(measured: Metrics) -> str:
    return f"{100 * measured['low']:.1f}–{100 * measured['high']:.1f}"


def _aligned(row: Row, widths: Sequence[int]) -> str:
    first, *others = (
        text.ljust(width) if column == 0 else text.rjust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return " ".join([first, *others]).rstrip()
