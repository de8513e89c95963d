"""List, show, add, promote, roll back, verify and prune the versions of the model.

Running bots switch to the new version within seconds, without a restart.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TypeVar

from bot.errors import SettingsError, StorageError
from bot.settings import load_local_settings
from bot.storage import runs
from bot.storage.database import open_database
from bot.storage.retry import retry_while_locked
from bot.storage.runs import State
from bot.storage.shared_registry import SharedRegistry
from model.errors import ModelDamagedError, MoodError
from model.evaluation.evaluation_set import is_comparable, read_evaluation_set
from model.evaluation.metrics import read_accuracy
from model.network.manifest import Manifest
from model.registry.file_lock import acquire_lock
from model.registry.overview import VersionOverview
from model.registry.registry import Registry
from model.registry.version import Version

KEEP = 5
_OF = 5  # the column with the faces
_OTHER_FACES = "(*)"

Result = TypeVar("Result")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0; 1 if something is damaged or cannot be done; 2 for a wrong command line
        or setting.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.data and not options.data.is_dir():
            raise SettingsError(f"Expected the bot's data folder at {options.data}; there is none.")
        settings = load_local_settings(bot_data_dir=options.data)
        options.database = settings.bot_database_url.get_secret_value()
        options.is_shared = settings.has_database_server
        registry = Registry(settings.bot_data_dir / "models")
        _change(registry, options, SharedRegistry.follow)
        action: Callable[[Registry, argparse.Namespace], int] = options.action
        return action(registry, options)
    except SettingsError as error:
        print(f"models: {error}", file=sys.stderr)
        return 2
    except (MoodError, OSError) as error:
        print(f"models: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood models", description=__doc__)
    _add_data(parser, None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, action: object, description: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=description, description=description)
        added.set_defaults(action=action)
        _add_data(added, argparse.SUPPRESS)  # --data may come before or after the command
        return added

    command("list", _list, "list all versions, newest first")
    show = command("show", _show, "show the details of a version")
    promote = command("promote", _promote, "activate a version")
    for one in (show, promote):
        one.add_argument("version", metavar="VERSION")
    description = "add a model folder made by photo-mood train, without activating it"
    command("add", _add, description).add_argument("folder", type=Path, metavar="DIR")
    command("rollback", _rollback, "activate the version that was active before")
    command("verify", _verify, "check all files")
    description = "remove old versions and leftovers; keeps the active version and rollback targets"
    command("prune", _prune, description).add_argument(
        "--keep",
        type=_count,
        default=KEEP,
        metavar="N",
        help="how many of the newest versions to keep (default: %(default)s)",
    )
    return parser


def _add_data(parser: argparse.ArgumentParser, default: str | None) -> None:
    description = "data folder of the bot (default: the bot's setting)"
    parser.add_argument(
        "--data-dir",
        "--data",
        dest="data",
        type=Path,
        default=default,
        metavar="DIR",
        help=description,
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number, 0 or more, got {text!r}")
    return int(text)


def _change(
    registry: Registry,
    options: argparse.Namespace,
    change: Callable[[SharedRegistry], Coroutine[None, None, Result]],
) -> Result:
    """Change the versions; without a server, the database is not even opened."""

    async def on_server() -> Result:
        # There may be bots of another version; one of them migrates it, once it is alone.
        async with open_database(options.database, may_migrate=False) as database:
            versions = SharedRegistry(database, registry)
            await versions.start()
            return await change(versions)

    if options.is_shared:
        return asyncio.run(retry_while_locked(on_server))
    return asyncio.run(change(SharedRegistry(None, registry)))


def _list(registry: Registry, _: argparse.Namespace) -> int:
    overview = registry.overview()
    rows: list[tuple[str, ...]] = [
        ("version", "created", "parent", "accuracy", "faces", "of", "state")
    ]
    rows += [_row(version, overview) for version in overview.versions]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    if any(row[_OF].endswith(_OTHER_FACES) for row in rows):
        print(f"\n{_OTHER_FACES} not the faces of the active version: not comparable with it")
    for version in overview.versions:
        if version.damaged:
            print(f"\n{version.damaged}")
    return 0


def _row(version: Version, overview: VersionOverview) -> tuple[str, ...]:
    manifest = version.manifest
    if manifest is None:
        return version.name, *["–"] * 5, _state(version, overview)
    accuracy = _accuracy(manifest)
    return (
        version.name,
        manifest.created,
        manifest.parent or "–",
        accuracy or "–",
        str(manifest.metrics["n"]) if accuracy else "–",
        _faces(version, overview) if accuracy else "–",
        _state(version, overview),
    )


def _accuracy(manifest: Manifest) -> str:
    """Return the measured accuracy with its 95 % interval; empty if it was not measured."""
    accuracy = read_accuracy(manifest.metrics)
    if accuracy is None:
        return ""
    return f"{accuracy.value:.3f} ({accuracy.low:.3f} to {accuracy.high:.3f})"


def _faces(version: Version, overview: VersionOverview) -> str:
    """Name the faces that a version was measured on, marked if the active one had others."""
    faces = read_evaluation_set(version.manifest) if version.manifest else None
    name = faces.name if faces else "not recorded"
    active = next(iter(overview.intact), None)
    if version is active or (active and is_comparable(version.manifest, active.manifest)):
        return name
    return f"{name} {_OTHER_FACES}"


def _state(version: Version, overview: VersionOverview) -> str:
    if version.damaged:
        return "damaged"
    if version not in overview.fallback_order:
        return "candidate"
    return "active" if version == overview.active else "previous"


def _show(registry: Registry, options: argparse.Namespace) -> int:
    version = registry.find(options.version)
    for name, value in _facts(version, registry):
        print(f"{name:<12} {value}")
    if version.damaged:
        print(f"\n{version.damaged}")
    return 0


def _facts(version: Version, registry: Registry) -> Iterator[tuple[str, object]]:
    yield "version", version.name
    overview = registry.overview()
    yield "state", _state(version, overview)
    yield "folder", version.folder
    manifest = version.manifest
    if manifest is None:
        return
    yield "created", manifest.created
    yield "parent", manifest.parent or "–"
    if accuracy := _accuracy(manifest):
        faces = _faces(version, overview)
        measured = f"{accuracy}, {manifest.metrics['n']} faces of {faces}"
        yield "accuracy", measured.replace(_OTHER_FACES, "(not comparable with the active version)")
    yield "sure from", f"{manifest.sure_threshold:.1%}"
    yield "temperature", f"{manifest.temperature:.3f}"
    metrics = dict(manifest.metrics)
    intervals = metrics.pop("intervals", {})
    metrics.pop("accuracy", None)
    for title, fields in (("metric", metrics), ("data", manifest.data)):
        for name, value in fields.items():
            text = f"{name}: {value:.4f}" if isinstance(value, float) else f"{name}: {value}"
            if title == "metric" and name in intervals:
                text += _bounds(*intervals[name])
            yield title, text


def _bounds(low: float, high: float) -> str:
    """Return an interval; nothing for those of older manifests that are a single point."""
    return f" ({low:.4f} to {high:.4f})" if low < high else ""


def _add(registry: Registry, options: argparse.Namespace) -> int:
    added = _change(registry, options, lambda versions: versions.add(options.folder))
    print(f"Version {added.name} was added. Promote it to activate it.")
    return 0


def _promote(registry: Registry, options: argparse.Namespace) -> int:
    before = _active_name(registry)
    _change(registry, options, lambda versions: versions.promote(options.version))
    print(f"Version {options.version} is active now.")
    return _record(options.database, State.PROMOTED, options.version, before)


def _rollback(registry: Registry, options: argparse.Namespace) -> int:
    before = _active_name(registry)
    version = _change(registry, options, lambda versions: versions.rollback())
    print(f"Version {version} is active again.")
    return _record(options.database, State.ROLLED_BACK, version, before)


def _active_name(registry: Registry) -> str:
    """Return the name of the active version; empty if all are damaged."""
    try:
        return registry.active().name
    except ModelDamagedError:
        return ""


def _record(address: str, state: State, version: str, before: str) -> int:
    """Record the change in the database, and return the exit status.

    A database that cannot be written to must not keep anybody from rolling back, so the change
    comes first.
    """
    if version == before:
        return 0

    async def record() -> None:
        async with open_database(address) as database:
            await runs.note(
                database, state, version, before=before, by=None, now=round(time.time())
            )

    try:
        asyncio.run(retry_while_locked(record))
    except StorageError as error:
        print(f"models: the change was made, but not recorded: {error}", file=sys.stderr)
        return 1
    return 0


def _verify(registry: Registry, _: argparse.Namespace) -> int:
    problems = registry.verify()
    for problem in problems:
        print(problem)
    if not problems:
        count = len(registry.versions())
        print(f"{count} version{'s are' if count > 1 else ' is'} intact; there are no leftovers.")
    return int(bool(problems))


def _prune(registry: Registry, options: argparse.Namespace) -> int:
    with acquire_lock(registry.retrain_lock):
        leftovers = registry.clean_up()
        removed = _change(registry, options, lambda versions: versions.prune(options.keep))
    for what in (*leftovers, *removed):
        print(f"removed {what}")
    if not leftovers and not removed:
        print("There was nothing to remove.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
