"""The checks of `make check`, so that `make test` covers them, and of what they leave out."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "layers": ["lint-imports"],
}


@pytest.mark.quality
@pytest.mark.timeout(300)
@pytest.mark.parametrize("check", CHECKS)
def test_the_code_passes(check: str) -> None:
    name, *arguments = CHECKS[check]
    done = subprocess.run(
        [BIN / name, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_part_of_the_bot_is_left_out_of_the_contracts_about_the_sandbox() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {one["name"]: one for one in settings["tool"]["importlinter"]["contracts"]}
    parts = {f"bot.{name}" for layer in contracts["bot"]["layers"] for name in layer.split(" | ")}
    assert parts <= set(contracts["The sandbox knows nothing of the bot"]["forbidden_modules"])
    assert parts == set(contracts["The bot knows nothing of the sandbox"]["source_modules"])


def test_no_test_module_is_imported() -> None:
    """What several test files need belongs in tests/support, fixtures in a conftest.py."""
    tests = {path: ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    imported = {
        f"{path.relative_to(ROOT)}:{node.lineno}: {name}"
        for path, tree in tests.items()
        for node in ast.walk(tree)
        for name in imported_names(node)
        if any(part == "conftest" or part.startswith("test_") for part in name.split("."))
        and name.startswith("tests.")
    }
    assert imported == set()


def imported_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
