"""Texts of /language."""

from bot.i18n import LANGUAGE_NAMES, _


def question(in_group: bool) -> str:
    if in_group:
        return _("Which language should I use in this group?")
    return _("Which language should I answer in?")


def language_button(language: str, chosen: bool) -> str:
    return _marked(LANGUAGE_NAMES[language], chosen)


def no_language_button(in_group: bool, chosen: bool) -> str:
    """Return the text of the button that leaves the choice to the app of each person."""
    return _marked(_("Each person's own") if in_group else _("As my app"), chosen)


def done(language: str | None, in_group: bool) -> str:
    """Return the toast after a choice, in the chosen language."""
    if language is not None:
        return _("From now on: {language}").format(language=LANGUAGE_NAMES[language])
    if in_group:
        return _("From now on I answer each person in their own language.")
    return _("From now on I answer in the language of your app.")


def ask_anonymous_admin(username: str) -> str:
    """Return how an anonymous admin can choose, given the bot's user name without the @."""
    lines = [_("You write anonymously, so I could not see that an admin taps. Send one of these:")]
    choices = {"app": _("Each person's own"), **LANGUAGE_NAMES}
    lines += [f"/language@{username} {code} – {name}" for code, name in choices.items()]
    return "\n".join(lines)


def admins_only() -> str:
    return _("Only the admins of this group can choose its language.")


def not_checked() -> str:
    """Say that Telegram did not tell who the admins of a group are."""
    return _("I could not check who the admins of this group are. Please try again in a moment.")


def _marked(text: str, chosen: bool) -> str:
    return f"✔ {text}" if chosen else text
