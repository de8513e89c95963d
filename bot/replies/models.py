"""What the bot says to admins about the versions of the model.

The list, its entries and the question are HTML, with all names escaped; the rest is plain text.
"""

from html import escape

from bot.i18n import _, ngettext
from bot.replies.retraining import percent
from model.evaluation.evaluation_set import is_comparable, read_evaluation_set
from model.evaluation.intervals import Interval
from model.evaluation.metrics import read_accuracy
from model.registry.overview import VersionOverview
from model.registry.version import Version

MAX_SHOWN = 10  # versions; older ones are only counted
_MAX_NAME_LENGTH = 40  # of a data set
_INDENT = "\u2003"  # chats drop plain spaces at the start of a line


def models(overview: VersionOverview) -> str:
    """List all versions."""
    title = _("Versions of the model, newest first")
    lines = [f"<b>{title}</b>"]
    lines += [entry(version, overview) for version in overview.versions[:MAX_SHOWN]]
    left_out = len(overview.versions) - MAX_SHOWN
    if left_out > 0:
        lines.append(_("… and {count} more; photo-mood models lists them").format(count=left_out))
    lines += [
        "",
        _(
            "▶ is in use. In brackets: where the true share probably lies (95 % interval); the "
            "fewer faces, the wider."
        ),
    ]
    return "\n".join(lines)


def entry(version: Version, overview: VersionOverview) -> str:
    """Describe a version in one line, and what was measured of it in further ones."""
    mark = "▶" if version.name == overview.active.name else "•"
    head = [mark, f"<code>{escape(version.name)}</code>"]
    if version is overview.versions[-1]:
        head.append(_("(shipped)"))
    if version.damaged:
        return " ".join([*head, _("damaged, cannot be used")])
    return "\n".join([" ".join(head), *(_INDENT + line for line in _measured(version, overview))])


def question(version: Version, overview: VersionOverview) -> str:
    """Ask whether to activate a version, and say how it compares with the active one."""
    active = overview.active
    asked = _("Use {version} from now on, instead of {active}?").format(
        version=escape(version.name), active=escape(active.name)
    )
    lines = [f"<b>{asked}</b>", entry(active, overview), entry(version, overview), ""]
    ours, theirs = _accuracy(version), _accuracy(active)
    if ours and theirs:
        if not is_comparable(version.manifest, active.manifest):
            lines.append(
                _("They were measured on different faces: the figures do not say which is better.")
            )
        elif ours.value < theirs.value:
            lines.append(_("On the same faces it was right less often than the one in use."))
    lines.append(_("It would judge every new photo. /models takes you back."))
    return "\n".join(lines)


def serves(name: str) -> str:
    """Say that a version is active, whether it was before or not."""
    return _("{version} is now in use.").format(version=name)


def serves_again(name: str) -> str:
    return _("Rolled back: {version} is in use again.").format(version=name)


def version_gone() -> str:
    """Say that a version does not exist any more."""
    return _("This version is gone.")


def not_chosen() -> str:
    """Say that a version could not be activated."""
    return _("That did not work, and nothing has changed. The log says why.")


def not_noted(name: str) -> str:
    """Say that a version was activated, but the audit lacks it."""
    return _("{version} is in use, but I could not record that you chose it.").format(version=name)


def roll_back_button() -> str:
    """Label the button that activates the previous version."""
    return _("↩ Roll back")


def roll_back_to_button(name: str) -> str:
    """Label the same button in a list."""
    return _("↩ Roll back to {version}").format(version=name)


def promote_button() -> str:
    """Label the button that activates a version that was active before."""
    return _("Use this model")


def promote_anyway_button() -> str:
    """Label the button that activates a version that the gate rejected."""
    return _("Use it anyway")


def promote_this_button(name: str) -> str:
    """Label the button that activates a version, in a list."""
    return _("Use {version}").format(version=name)


def yes_button(name: str) -> str:
    return _("Yes, use {version}").format(version=name)


def no_button() -> str:
    return _("No, leave it as it is")


def _measured(version: Version, overview: VersionOverview) -> list[str]:
    """Say how often a version was right, on which faces, and whether that can be compared."""
    manifest, accuracy = version.manifest, _accuracy(version)
    if manifest is None or accuracy is None:
        return [_("not measured")]
    faces, count = read_evaluation_set(manifest), manifest.metrics["n"]
    lines = [
        _("{share} right ({low}–{high})").format(
            share=percent(accuracy.value, 1),
            low=f"{100 * accuracy.low:.1f}",
            high=f"{100 * accuracy.high:.1f}",
        ),
        ngettext("{count} face: {name}", "{count} faces: {name}", count).format(
            count=count,
            name=f"<code>{escape(faces.name[:_MAX_NAME_LENGTH])}</code>"
            if faces
            else _("not recorded which"),
        ),
    ]
    active = overview.active
    if version.name != active.name and not is_comparable(manifest, active.manifest):
        lines.append(_("⚠ other faces than ▶: cannot be compared"))
    return lines


def _accuracy(version: Version) -> Interval | None:
    return read_accuracy(version.manifest.metrics) if version.manifest else None
