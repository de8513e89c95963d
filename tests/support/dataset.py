"""A data set of real pictures beside the repository, which some tests need."""

from pathlib import Path

import pytest

DATASET = Path(__file__).parents[3] / "shared" / "dataset"
needs_dataset = pytest.mark.skipif(
    not DATASET.is_dir(), reason=f"there is no data set at {DATASET}"
)
