"""The checks of `make check`, so that the one test command runs everything."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "layers": ["lint-imports"],
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("check", CHECKS)
def test_the_code_passes(check: str) -> None:
    name, *arguments = CHECKS[check]
    done = subprocess.run(
        [BIN / name, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def imports() -> set[tuple[str, str]]:
    """Which module imports which."""
    graph = grimp.build_graph("bot", "model", "scripts", include_external_packages=True)
    return {
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }


def is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_the_sandbox_and_the_rest_of_the_bot_do_not_know_each_other(
    imports: set[tuple[str, str]],
) -> None:
    assert [
        (module, imported)
        for module, imported in imports
        if is_inside(module, "bot")
        and is_inside(imported, "bot")
        and is_inside(module, "bot.sandbox") != is_inside(imported, "bot.sandbox")
    ] == []


@pytest.mark.parametrize("package", ["telegram", "sqlalchemy", "starlette", "httpx", "asyncio"])
def test_the_model_knows_no_chat_no_database_and_no_network(
    imports: set[tuple[str, str]], package: str
) -> None:
    assert [pair for pair in imports if is_inside(pair[0], "model") and pair[1] == package] == []
