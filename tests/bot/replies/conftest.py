from collections.abc import Iterator

import pytest

from bot.i18n import LANGUAGES, in_language


@pytest.fixture(params=[None, *LANGUAGES])
def each_language(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a test once in every language of the bot."""
    with in_language(request.param):
        yield
