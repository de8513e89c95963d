"""The documentation names files, modules, settings and tables; these must exist."""

import re
import shutil
import textwrap
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.storage.schema import metadata
from scripts.photo_mood import COMMANDS
from tests.support.portraits import ASTRONAUT

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page
    for folder in (ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "data")
    for page in folder.glob("*.md")
)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@EVERY_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in _links(page) if not (page.parent / link).exists()]
    assert broken == []


@EVERY_PAGE
def test_paths_exist(page: Path) -> None:
    named = re.findall(r"`((?:bot|model|scripts|tests|docs)/[\w./-]+)`", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@EVERY_PAGE
def test_modules_to_run_exist(page: Path) -> None:
    commands = re.findall(r"python -m ((?:bot|scripts)[\w.]*\w)", page.read_text())
    assert [module for module in commands if find_spec(module) is None] == []


@EVERY_PAGE
def test_commands_exist(page: Path) -> None:
    named = re.findall(r"photo-mood ([a-z]+)\b", page.read_text())
    assert [name for name in named if name not in COMMANDS] == []


def test_the_example_in_python_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (ROOT / "README.md").read_text()
    example = textwrap.dedent(readme.partition("\nIn Python:\n\n")[2].partition("\n## ")[0])
    shutil.copy(ASTRONAUT, tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert capsys.readouterr().out.startswith("happy 0.9")
    assert (tmp_path / "boxes.jpg").is_file()


def test_every_setting_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(name.upper() for name in Settings.model_fields)


def test_every_table_and_its_keys_are_drawn() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    drawn = dict(re.findall(r"^    (\w+) \{\n(.*?)^    \}", page, re.MULTILINE | re.DOTALL))
    assert set(drawn) == set(metadata.tables)
    for name, table in metadata.tables.items():
        columns = set(re.findall(r"^ +\w+ (\w+)", drawn[name], re.MULTILINE))
        assert columns <= set(table.columns.keys())
        assert {key.name for key in table.primary_key} <= columns


@pytest.mark.parametrize("package", ["bot", "model"])
def test_folders_are_listed_in_the_order_of_the_import_contract(package: str) -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    table = page.partition(f"\n`{package}`:\n\n")[2].partition("\n\n")[0]
    first_cells = "".join(re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE))
    listed = re.findall(r"`(\w+)(?:/|\.py)`", first_cells)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["name"] == package]
    assert listed == [name for layer in layers for name in layer.split(" | ")]


def _links(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not link.startswith(("http://", "https://")):
            yield link
