"""The bot as a program, as far as no Telegram is needed."""

import subprocess
import sys

import pytest


@pytest.mark.process
def test_the_bot_does_not_import_tensorflow() -> None:
    code = "import bot.__main__, bot.app, sys; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
