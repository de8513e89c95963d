from pathlib import Path

import pytest

from model.images.validation import Format
from scripts.reliability import fuzz_decoder
from scripts.reliability.fuzz_decoder import inputs, main
from scripts.reliability.images.decoding_process import DecodingResult


class CrashingDecoder:
    """Dies of each file of a format, as seen by `DecodingProcess`."""

    def __init__(self, deadly: bytes) -> None:
        self._deadly = deadly

    def __enter__(self) -> "CrashingDecoder":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def decode(self, data: bytes) -> DecodingResult:
        if data == self._deadly:
            return DecodingResult("died (-11)", False, 0.0, 0.0, 0.0)
        return DecodingResult("decoded", True, 1.0, 0.1, 10.0)


def test_an_input_depends_on_the_seed_and_its_number_alone() -> None:
    several = list(inputs(seed=1, numbers=range(30)))

    assert list(inputs(seed=1, numbers=[29])) == several[29:]
    assert [made.data for made in inputs(seed=2, numbers=range(30))] != [
        made.data for made in several
    ]


def test_all_formats_are_damaged() -> None:
    assert {made.base.format for made in inputs(seed=1, numbers=range(50))} == set(Format)


def test_a_crash_is_counted_and_its_input_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (deadly,) = inputs(seed=1, numbers=[7])
    monkeypatch.setattr(fuzz_decoder, "DecodingProcess", lambda: CrashingDecoder(deadly.data))

    status = main(["--inputs", "20", "--out", str(tmp_path / "faults")])

    printed = capsys.readouterr().out
    assert status == 1
    assert "input 7 of seed 1" in printed
    assert (tmp_path / "faults" / "1-7").read_bytes() == deadly.data


@pytest.mark.process
def test_the_table_counts_each_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--inputs", "40"]) == 0

    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("|")
    ]
    assert {row[0] for row in rows[2:]} == set(Format)
    assert sum(int(row[1]) for row in rows[2:]) == 40
