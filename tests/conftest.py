"""The order of the tests."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# The files that take longest begin first, so that no worker is left with one of them in the end.
FIRST = ("test_quality.py", "end_to_end", "scripts", "model")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_position)


def _position(item: pytest.Item) -> int:
    name = item.path.relative_to(TESTS).parts[0]
    return FIRST.index(name) if name in FIRST else len(FIRST)
