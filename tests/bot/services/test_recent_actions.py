from bot.services.recent_actions import RecentActions


def test_what_was_just_done_is_not_done_again_until_a_while_has_passed() -> None:
    now = [0.0]
    recent = RecentActions(60.0, clock=lambda: now[0])
    assert recent.begin("a")
    now[0] = 59.0
    assert not recent.begin("a")
    assert recent.begin("b")
    now[0] = 60.0
    assert recent.begin("a")
    assert not recent.begin("b")


def test_what_did_not_come_about_can_be_done_again() -> None:
    recent = RecentActions()
    assert recent.begin("a")
    recent.forget("a")
    recent.forget("a")
    assert recent.begin("a")
