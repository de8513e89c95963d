"""A clock for tests that must not wait."""


class ManualClock:
    """A clock in seconds that stands still until `now` is changed."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
