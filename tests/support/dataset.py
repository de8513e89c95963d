"""The pictures beside the project, for the tests that want real ones."""

from pathlib import Path

import pytest

DATASET = Path(__file__).parents[3] / "shared" / "dataset"
needs_dataset = pytest.mark.skipif(
    not DATASET.is_dir(), reason=f"there are no pictures to try things on at {DATASET}"
)
