"""Hostile files: always a picture or one of our errors, in bounded time and memory.

The files are decoded in another process, whose death, silence or memory is a failure of the test.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from model.images.heif import TIMEOUT_S
from tests.support.decoding_process import DecodingProcess
from tests.support.hostile_files import bombs, good_files, good_heif_files, hostile

MEGABYTES = 500
SECONDS = 10.0

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="measures memory as Linux reports it"
    ),
]

GOOD_FILES = good_files()
GOOD_HEIF_FILES = good_heif_files()


@pytest.fixture(scope="module")
def decoding() -> Iterator[DecodingProcess]:
    with DecodingProcess() as process:
        yield process


def assert_harmless(process: DecodingProcess, data: bytes, seconds: float = SECONDS) -> None:
    outcome = process.decode(data, deadline=seconds)
    assert outcome.expected, outcome
    assert outcome.megabytes < MEGABYTES, outcome
    assert outcome.seconds < seconds, outcome


def examples(count: int) -> settings:
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,  # that of the process counts, which is measured on its side
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.mark.parametrize("name", [*GOOD_FILES, *GOOD_HEIF_FILES])
def test_the_good_files_are_good(decoding: DecodingProcess, name: str) -> None:
    outcome = decoding.decode((GOOD_FILES | GOOD_HEIF_FILES)[name], deadline=SECONDS)

    assert outcome.answer == "picture"


@pytest.mark.parametrize("name", bombs())
def test_bombs(decoding: DecodingProcess, name: str) -> None:
    outcome = decoding.decode(bombs()[name](), deadline=SECONDS)

    assert outcome.answer == "picture"
    assert outcome.megabytes < MEGABYTES, outcome


@examples(1000)
@given(data=hostile(GOOD_FILES))
def test_hostile_files(decoding: DecodingProcess, data: bytes) -> None:
    assert_harmless(decoding, data)


@examples(60)
@given(data=hostile(GOOD_HEIF_FILES))
def test_hostile_heif_files(decoding: DecodingProcess, data: bytes) -> None:
    assert_harmless(decoding, data, TIMEOUT_S + SECONDS)
