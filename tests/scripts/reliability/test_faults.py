"""The table of faults."""

import pytest

from scripts.reliability import faults
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
