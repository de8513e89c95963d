"""Hostile files either decode or raise an ImageError, in bounded time and memory.

They are decoded in another process; a test fails if that process dies, hangs or uses too much
memory.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from scripts.reliability.fuzz_decoder import HEIF_EVERY, inputs
from scripts.reliability.hostile_pictures import hostile_files
from scripts.reliability.images.decoding_process import DecodingProcess
from scripts.reliability.images.hostile_file import HostileFile
from scripts.reliability.images.samples import Sample, heif_samples, samples

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="needs Linux to measure memory"
    ),
]


@pytest.fixture(scope="module")
def process() -> Iterator[DecodingProcess]:
    with DecodingProcess() as started:
        yield started


@pytest.mark.parametrize("sample", [*samples(), *heif_samples()], ids=lambda sample: sample.name)
def test_the_undamaged_files_decode(process: DecodingProcess, sample: Sample) -> None:
    assert process.decode(sample.data).outcome == "decoded"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, id=file.name, marks=pytest.mark.long if file.slow else ())
        for file in hostile_files()
    ],
)
def test_a_hostile_file_stays_within_the_limits(
    process: DecodingProcess, file: HostileFile
) -> None:
    result = process.decode(file.make())

    assert result.outcome == file.outcome
    assert result.harmless, result


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(range(800), id="all formats"),
        pytest.param(range(0, 25 * HEIF_EVERY, HEIF_EVERY), id="HEIF"),
        pytest.param(range(800, 10_000), id="many", marks=pytest.mark.long),
    ],
)
def test_damaged_files_are_harmless(process: DecodingProcess, numbers: Iterable[int]) -> None:
    for made in inputs(seed=1, numbers=numbers):
        result = process.decode(made.data)
        assert result.harmless, (made, result)
