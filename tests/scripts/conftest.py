import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Undo what a command line does to the permissions of all files made later."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
