"""Hostile files either decode or raise an ImageError, in bounded time and memory.

They are decoded in another process; a test fails if that process dies, hangs or uses too much
memory.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from model.images.heif import TIMEOUT_S
from tests.support.decoding_process import DecodingProcess
from tests.support.hostile_files import (
    decompression_bombs,
    good_files,
    good_heif_files,
    hostile_file,
)

MAX_MEGABYTES = 500
MAX_SECONDS = 10.0

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="needs Linux to measure memory"
    ),
]

GOOD_FILES = good_files()
GOOD_HEIF_FILES = good_heif_files()


@pytest.fixture(scope="module")
def process() -> Iterator[DecodingProcess]:
    with DecodingProcess() as started:
        yield started


def assert_harmless(
    process: DecodingProcess, data: bytes, max_seconds: float = MAX_SECONDS
) -> None:
    result = process.decode(data, deadline=max_seconds)
    assert result.acceptable, result
    assert result.megabytes < MAX_MEGABYTES, result
    assert result.seconds < max_seconds, result


def examples(count: int) -> settings:
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,  # the process measures the time itself
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.mark.parametrize("name", [*GOOD_FILES, *GOOD_HEIF_FILES])
def test_the_undamaged_files_decode(process: DecodingProcess, name: str) -> None:
    result = process.decode((GOOD_FILES | GOOD_HEIF_FILES)[name], deadline=MAX_SECONDS)

    assert result.outcome == "decoded"


@pytest.mark.parametrize("name", decompression_bombs())
def test_decompression_bombs_stay_within_the_limits(process: DecodingProcess, name: str) -> None:
    result = process.decode(decompression_bombs()[name](), deadline=MAX_SECONDS)

    assert result.outcome == "decoded"
    assert result.megabytes < MAX_MEGABYTES, result


@examples(1000)
@given(data=hostile_file(GOOD_FILES))
def test_hostile_files_are_harmless(process: DecodingProcess, data: bytes) -> None:
    assert_harmless(process, data)


@examples(60)
@given(data=hostile_file(GOOD_HEIF_FILES))
def test_hostile_heif_files_are_harmless(process: DecodingProcess, data: bytes) -> None:
    assert_harmless(process, data, TIMEOUT_S + MAX_SECONDS)
