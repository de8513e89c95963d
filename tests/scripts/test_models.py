import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from model.network.manifest import LITERT_FILE
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from scripts.models import main
from tests.support.model_versions import SHIPPED_NAME, copy_of_shipped, model_folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def registry(data: Path, tmp_path: Path) -> Registry:
    """Return a registry in which "b" is active, "a" was before, and "c" never was."""
    registry = Registry(data / "models")
    for day, name in enumerate("abc", start=1):
        registry.add(model_folder(tmp_path / "made", name, f"2026-02-0{day}"))
    registry.promote("a")
    registry.promote("b")
    return registry


class CommandResult:
    """The result of a command: its exit status and the lines it printed."""

    def __init__(self, status: int, printed: tuple[str, str]) -> None:
        self.status = status
        self.lines, self.errors = (text.splitlines() for text in printed)


Run = Callable[..., CommandResult]


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> CommandResult:
        capsys.readouterr()
        status = main([*arguments, "--data", str(data)])
        return CommandResult(status, capsys.readouterr())

    return run


def test_the_list_shows_the_active_version(run: Run, registry: Registry, tmp_path: Path) -> None:
    metrics = {"accuracy": 0.95, "n": 1000}
    registry.add(
        copy_of_shipped(tmp_path, "d", created="2026-03-01", parent=SHIPPED_NAME, metrics=metrics)
    )
    (registry.find("a").folder / LITERT_FILE).write_bytes(b"damaged")
    result = run("list")
    assert result.status == 0
    assert [line.split()[0] for line in result.lines[:6]] == [
        "version", "d", "c", "b", "a", SHIPPED_NAME,
    ]  # fmt: skip
    assert [line.split()[-1] for line in result.lines[:6]] == [
        "state", "candidate", "candidate", "active", "damaged", "previous",
    ]  # fmt: skip
    assert result.lines[1].split()[1:3] == ["2026-03-01", SHIPPED_NAME]
    assert "0.950 (0.935 to 0.962)  1000" in result.lines[1]
    assert result.lines[-1].startswith("Version a is damaged: ")


def test_show_prints_the_details_of_a_version(run: Run, registry: Registry) -> None:
    result = run("show", SHIPPED_NAME)
    assert result.status == 0
    assert result.lines[:2] == [f"version      {SHIPPED_NAME}", "state        previous"]
    assert "accuracy     0.975 (0.964 to 0.982), 1259 faces of faces/validation" in str(
        result.lines
    )
    (registry.find("c").folder / "manifest.json").write_text("{")
    result = run("show", "c")
    assert "state        damaged" in result.lines
    assert "manifest.json is not a model manifest" in result.lines[-1]


def test_show_prints_the_measured_intervals(run: Run, registry: Registry, tmp_path: Path) -> None:
    metrics = {
        "accuracy": 1.0,
        "auc": 1.0,
        "ece": 0.1,
        "n": 8,
        "intervals": {"accuracy": [1.0, 1.0], "auc": [1.0, 1.0], "ece": [0.02, 0.3]},
    }
    data = {"name": "holiday", "sha256": "a" * 64, "test": {"happy": 4, "sad": 4}}
    registry.add(copy_of_shipped(tmp_path, "d", metrics=metrics, data=data))
    registry.promote(SHIPPED_NAME)
    lines = run("show", "d").lines
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("metric")] == [
        "auc: 1.0000",
        "ece: 0.1000 (0.0200 to 0.3000)",
        "n: 8",
    ]
    measured = "accuracy     1.000 (0.676 to 1.000), 8 faces of holiday/test"
    assert f"{measured} (not comparable with the active version)" in lines
    listed = run("list").lines
    assert "1.000 (0.676 to 1.000)  8      holiday/test (*)" in listed[1]
    assert "0.975 (0.964 to 0.982)  1259   faces/validation  " in listed[-3]
    assert listed[-1] == "(*) not the faces of the active version: not comparable with it"
    registry.promote("d")
    assert f"{measured}" in run("show", "d").lines


def test_promote_and_roll_back(run: Run, registry: Registry) -> None:
    result = run("promote", "c")
    assert (result.status, result.lines) == (0, ["Version c is active now."])
    assert registry.active().name == "c"
    for name in ("b", "a", SHIPPED_NAME):
        assert run("rollback").lines == [f"Version {name} is active again."]
    result = run("rollback")
    assert result.status == 1
    assert result.errors == [
        f"models: There is no intact version before {SHIPPED_NAME} to roll back to."
    ]


def test_changes_are_recorded_in_the_database(run: Run, registry: Registry, data: Path) -> None:
    run("promote", "c")
    run("promote", "c")
    run("rollback")
    run("promote", "x")
    assert registry.active().name == "b"
    with closing(sqlite3.connect(data / "bot.sqlite3")) as connection:
        rows = connection.execute("SELECT mode, state, parent, version, started_by FROM runs")
        assert rows.fetchall() == [
            ("by_hand", "promoted", "b", "c", None),
            ("by_hand", "rolled_back", "c", "b", None),
        ]


def test_a_rollback_works_without_a_database(run: Run, registry: Registry, data: Path) -> None:
    (data / "bot.sqlite3").write_bytes(b"not a database" * 100)
    result = run("rollback")
    assert (result.status, result.lines) == (1, ["Version a is active again."])
    assert result.errors[0].startswith("models: the change was made, but not recorded: ")
    assert registry.active().name == "a"


def test_an_own_model_is_added(run: Run, registry: Registry, tmp_path: Path) -> None:
    own = model_folder(tmp_path / "runs", "own")
    result = run("add", str(own))
    assert result.status == 0
    assert result.lines == ["Version own was added. Promote it to activate it."]
    assert registry.active().name == "b"
    result = run("add", str(own))
    assert result.status == 1
    assert "There is a version own already" in result.errors[0]
    assert run("add", str(tmp_path)).status == 1
    assert run("promote", "own").lines == ["Version own is active now."]


def test_unknown_and_damaged_versions_are_not_promoted(run: Run, registry: Registry) -> None:
    result = run("promote", "x")
    assert result.status == 1
    expected = f"models: There is no version 'x'. There are: {SHIPPED_NAME}, a, b, c."
    assert result.errors == [expected]
    (registry.find("c").folder / LITERT_FILE).unlink()
    result = run("promote", "c")
    assert result.status == 1
    assert "Version c is damaged" in result.errors[0]
    assert registry.active().name == "b"


def test_verify_prints_the_problems(run: Run, registry: Registry, data: Path) -> None:
    result = run("verify")
    assert (result.status, result.lines) == (0, ["4 versions are intact; there are no leftovers."])
    (registry.find("c").folder / LITERT_FILE).write_bytes(b"damaged")
    (data / "models" / ".current.json-12").write_text("")
    result = run("verify")
    assert result.status == 1
    assert len(result.lines) == 2


def test_prune_keeps_needed_versions_and_removes_leftovers(
    run: Run, registry: Registry, data: Path
) -> None:
    leftover = data / "models" / ".current.json-12"
    leftover.write_text("")
    assert run("prune").lines == [f"removed {leftover}"]
    assert run("prune", "--keep", "0").lines == ["removed c"]
    assert run("prune", "--keep", "0").lines == ["There was nothing to remove."]
    with acquire_lock(registry.retrain_lock):
        result = run("prune")
        assert result.status == 1
        assert "Another process holds" in result.errors[0]


def test_the_default_folder_is_that_of_the_bot(data: Path, registry: Registry) -> None:
    command = [sys.executable, "-m", "scripts.models", "rollback"]
    settings = {**os.environ, "BOT_DATA_DIR": str(data)}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Version a is active again.\n")
    assert registry.active().name == "a"


@pytest.mark.parametrize(
    "arguments", [["list", "--data", "nowhere"], ["--data", "nowhere", "list"]]
)
def test_a_missing_folder_is_not_created(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 2
    assert "Expected the bot's data folder at nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["prune", "--keep", "-1"], ["prune", "--keep", "all"]])
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
