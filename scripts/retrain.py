"""Retrain the model on the corrections in the bot's database; promote the result if it is better.

The new model is compared with the active one on faces that were not trained on, and promoted only
if it is better. The bot may go on running and loads the new model by itself. Whatever interrupts
this program, even a power cut, the active model stays active.

By default only the last layers are trained (--mode head), on the corrected faces mixed with the
replay buffer of old faces; it takes a minute. With --mode full and a folder of face crops, as
`scripts.train --crops` takes it, all layers are trained, which takes hours.

With --watch it retrains whenever a bot asks for it that uses the same database, until it is
stopped. A bot without TensorFlow needs that for /retrain.

Exit status: 0 there is a result, promoted or kept, or --watch was asked to end; 1 it failed; 2 an
option or a setting is wrong; 3 nothing new to train on; 4 another retraining is running; 130 it was
stopped.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SettingsError, StorageError
from bot.settings import ENV_FILE, LocalSettings, load_local_settings
from scripts.process_priority import lower_priority
from scripts.retrain_output import Output, as_json_lines, for_people

if TYPE_CHECKING:
    from bot.retraining.job import RetrainFunction
    from model.registry.registry import Registry


def main(arguments: list[str] | None = None, train: "RetrainFunction | None" = None) -> int:
    """Retrain as the command line says.

    Args:
        arguments: command line arguments; by default those of the process.
        train: trains; by default `model.retraining.retrain.retrain`.

    Returns:
        The exit status.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.mode == "full") != (options.pictures is not None):
        parser.error("--mode full and --pictures DIR go together")
    if options.watch and _sets_one_run(parser, options):
        parser.error("--watch goes with --data-dir, --database and --env-file only")
    try:
        settings = load_local_settings(
            options.env_file, bot_data_dir=options.data, bot_database_url=options.database
        )
    except SettingsError as error:
        print(f"retrain: {error}", file=sys.stderr)
        return 2
    if options.watch:
        from scripts.retrain_watch import watch  # so that NumPy sees the limit below without it

        return watch(settings)
    lower_priority(settings.bot_retrain_threads)
    with (as_json_lines if options.json else for_people)() as output:
        return asyncio.run(_retrain(options, settings, train, output))


async def _retrain(
    options: argparse.Namespace,
    settings: LocalSettings,
    train: "RetrainFunction | None",
    output: Output,
) -> int:
    # Imported late: NumPy must see the limit of threads.
    from bot.replies.retraining_errors import describe_error
    from bot.retraining.exit_status import ExitStatus
    from model.errors import AlreadyRunningError, TrainingNotInstalledError
    from model.registry.file_lock import acquire_lock
    from model.registry.registry import Registry
    from model.training.dependencies import require_training

    registry = Registry(settings.bot_data_dir / "models")
    try:
        if train is None:
            require_training()
        with acquire_lock(registry.retrain_lock):
            return await _run_job(options, settings, registry, train, output)
    except AlreadyRunningError:
        print("retrain: another retraining is running", file=sys.stderr)
        return ExitStatus.ALREADY_RUNNING
    except (TrainingNotInstalledError, StorageError, OSError) as error:
        output({"event": "failed", "run": None, "reason": str(describe_error(error))})
        return ExitStatus.FAILED


async def _run_job(
    options: argparse.Namespace,
    settings: LocalSettings,
    registry: "Registry",
    train: "RetrainFunction | None",
    output: Output,
) -> int:
    from bot.retraining.job import JobSettings, RetrainingJob
    from bot.retraining.retraining_lock import only_retraining
    from bot.storage.database import open_database
    from bot.storage.retry import retry_while_locked
    from model.retraining.retrain import retrain
    from model.retraining.settings import RetrainSettings

    address = settings.bot_database_url.get_secret_value()
    training = RetrainSettings(
        options.mode, options.pictures, options.seed, settings.bot_retrain_threads
    )
    async with AsyncExitStack() as stack:
        # On a server there may be bots of another version; one of them migrates it.
        may_migrate = not settings.has_database_server
        database = await retry_while_locked(
            lambda: stack.enter_async_context(open_database(address, may_migrate))
        )
        await stack.enter_async_context(only_retraining(database, registry))
        job_settings = JobSettings(
            database,
            registry,
            training,
            settings.trusted_ids,
            options.started_by,
            settings.bot_retrain_minutes,
        )
        job = RetrainingJob(job_settings, train or retrain, output)
        _stop_on_signals(job.stop)
        return await job.run()


def _stop_on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photo-mood retrain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data-dir",
        "--data",
        dest="data",
        type=Path,
        metavar="DIR",
        help="the bot's data folder (default: BOT_DATA_DIR)",
    )
    parser.add_argument(
        "--database", metavar="URL", help="the bot's database (default: BOT_DATABASE_URL)"
    )
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", default=ENV_FILE,
        help="read settings from here (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--mode",
        choices=("head", "full"),
        default="head",
        help="layers to train (default: %(default)s)",
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="folder of face crops, for --mode full"
    )
    parser.add_argument("--seed", type=int, default=1, help="random seed (default: %(default)s)")
    parser.add_argument(
        "--started-by", type=int, metavar="USER_ID", help="user id recorded as the requester"
    )
    parser.add_argument("--json", action="store_true", help="write JSON, one object per line")
    parser.add_argument("--watch", action="store_true", help="retrain whenever a bot asks for it")
    return parser


def _sets_one_run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> bool:
    """Return whether an option is given that only says how to retrain once."""
    names = ("mode", "pictures", "seed", "started_by", "json")
    return any(getattr(options, name) != parser.get_default(name) for name in names)


def end_with_status() -> None:
    """Run the program and end the process at once, without waiting for a training thread."""
    status = main()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end_with_status()
