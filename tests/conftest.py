"""The order of the tests, and the marker that end-to-end tests have in common."""

from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# What takes longest begins first, so that no worker is left with it in the end.
FIRST = ("test_quality.py", "end_to_end", "scripts", "model")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests_in = Counter(item.path for item in items)
    items.sort(key=lambda item: (_position(item), -tests_in[item.path], item.path))
    for item in items:
        if _area(item) == "end_to_end":
            item.add_marker("process")


def _position(item: pytest.Item) -> int:
    return FIRST.index(_area(item)) if _area(item) in FIRST else len(FIRST)


def _area(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]
