"""The bot as a program, as far as no Telegram is needed."""

import subprocess
import sys

import pytest


@pytest.mark.process
def test_the_bot_imports_neither_tensorflow_nor_what_only_some_bots_need() -> None:
    others = {"tensorflow", "keras", "starlette", "uvicorn", "alembic", "asyncpg", "model.data"}
    code = f"import bot.__main__, bot.app, sys; print({others} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
