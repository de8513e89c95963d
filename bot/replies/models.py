"""What the bot says to admins about the versions of the model.

The list is HTML, with all names escaped; the rest is plain text.
"""

from html import escape

from bot.i18n import _
from bot.replies.retraining import percent
from model.evaluation.metrics import read_accuracy
from model.registry.overview import VersionOverview
from model.registry.version import Version

MAX_SHOWN = 15  # versions; older ones are only counted


def models(overview: VersionOverview) -> str:
    """List all versions."""
    title = _("Versions of the model, newest first")
    lines = [f"<b>{title}</b>"]
    lines += [_line(version, overview) for version in overview.versions[:MAX_SHOWN]]
    left_out = len(overview.versions) - MAX_SHOWN
    if left_out > 0:
        lines.append(_("… and {count} more; scripts.models lists them").format(count=left_out))
    lines += [
        "",
        _(
            "▶ serves now. The percentage is the accuracy on the validation faces, in brackets "
            "its 95 % interval."
        ),
    ]
    return "\n".join(lines)


def serves(name: str) -> str:
    """Say that a version is active, whether it was before or not."""
    return _("{version} serves now.").format(version=name)


def serves_again(name: str) -> str:
    return _("Rolled back: {version} serves again.").format(version=name)


def version_gone() -> str:
    """Say that a version does not exist any more."""
    return _("This version is gone.")


def not_chosen() -> str:
    """Say that a version could not be activated."""
    return _("That did not work, and nothing has changed. The log says why.")


def not_noted(name: str) -> str:
    """Say that a version was activated, but the audit lacks it."""
    return _("{version} serves, but I could not note in my records that you chose it.").format(
        version=name
    )


def roll_back_button() -> str:
    """Label the button that activates the previous version."""
    return _("↩ Roll back")


def roll_back_to_button(name: str) -> str:
    """Label the same button in a list."""
    return _("↩ Roll back to {version}").format(version=name)


def promote_button() -> str:
    """Label the button that activates a version that was active before."""
    return _("Promote")


def promote_anyway_button() -> str:
    """Label the button that activates a version that the gate rejected."""
    return _("Promote anyway")


def promote_this_button(name: str) -> str:
    """Label the button that activates a version, in a list."""
    return _("Promote {version}").format(version=name)


def yes_button(name: str) -> str:
    return _("Yes, use {version}").format(version=name)


def no_button() -> str:
    return _("No, leave it as it is")


def _line(version: Version, overview: VersionOverview) -> str:
    mark = "▶" if version.name == overview.active.name else "•"
    parts = [mark, f"<code>{escape(version.name)}</code>"]
    if version.damaged:
        return " ".join([*parts, _("damaged, cannot serve")])
    metrics = version.manifest.metrics if version.manifest else {}
    accuracy = read_accuracy(metrics)
    if accuracy is not None and "ece" in metrics:
        interval = f"({100 * accuracy.low:.1f}–{100 * accuracy.high:.1f}),"
        parts += [percent(accuracy.value, 1), interval, _("ECE"), f"{metrics['ece']:.3f}"]
    if version is overview.versions[-1]:
        parts.append(_("(shipped)"))
    return " ".join(parts)
