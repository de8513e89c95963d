"""The table of faults."""

import logging

import pytest

from bot.logs import RedactingFormatter, current_update, current_user
from scripts.reliability import faults
from scripts.reliability.fault_cases.scene import LOG_RECORD
from scripts.reliability.faults import CASES, counted


def test_a_cell_says_each_thing_once_with_how_often_it_came() -> None:
    lines = ["waits 2 s", "a long line", "waits 3 s", "waits 10.5 s"]
    assert counted(lines, most=9) == "waits 2 s (3 times); a long l…"


def test_a_cell_is_cut_after_a_few_things() -> None:
    assert counted("abcdefg", most=9) == "a; b; c; d; …"


def test_the_names_of_the_cases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert faults.main(["--list"]) == 0
    names = capsys.readouterr().out.split()
    assert names == list(CASES)
    assert len(names) == len(faults.CALLS) + len(faults.UPDATES) + len(faults.HOST)


@pytest.mark.parametrize("update", [None, 731045])
@pytest.mark.parametrize("user", [None, 1001])
def test_records_of_the_log_are_recognised(update: int | None, user: int | None) -> None:
    record = logging.LogRecord("bot.app", logging.INFO, __file__, 1, "It: %s", ("works",), None)
    tokens = current_update.set(update), current_user.set(user)
    try:
        line = RedactingFormatter((), lambda _: "5b1f0c9a7e").format(record)
    finally:
        current_update.reset(tokens[0])
        current_user.reset(tokens[1])
    found = LOG_RECORD.match(line)
    assert found is not None
    assert found.groupdict() == {"level": "INFO", "text": "It: works"}
