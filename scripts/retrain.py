"""Learn from what people said about the bot's verdicts; serve the result if it is better.

It learns from the corrections in the bot's database, compares the new model with the one that
serves on faces that neither has learned from, and lets it serve only if it is better. The bot may
go on running, and takes the new model up by itself. Whatever interrupts this program, even a power
cut, the model that serves goes on serving.

The corrections' crops, mixed with what is shipped of the old faces, teach the last layers (head),
which takes a minute. With --mode full and a folder of pictures, as `scripts.train` takes it, all
layers learn, which takes hours.

Exit status: 0 there is a result, served or kept; 1 it failed; 2 an option or a setting is wrong;
3 nothing new to learn; 4 another retraining is running; 130 it was stopped.
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
from bot.settings import LocalSettings, load_local_settings
from scripts.process_priority import lower_priority
from scripts.retrain_output import Output, as_json_lines, for_people

if TYPE_CHECKING:
    from bot.retraining.job import Learn


def main(arguments: list[str] | None = None, learn: "Learn | None" = None) -> int:
    """Retrain as the command line says.

    Args:
        arguments: of the command line; by default the process's own.
        learn: how; by default `model.retraining.retrain.retrain`.

    Returns:
        The exit status.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.mode == "full") != (options.pictures is not None):
        parser.error("--mode full and --pictures DIR go together")
    try:
        settings = load_local_settings(bot_data_dir=options.data, bot_database_url=options.database)
    except SettingsError as error:
        print(f"retrain: {error}", file=sys.stderr)
        return 2
    lower_priority(settings.bot_retrain_threads)
    # What TensorFlow has to say about processors and drivers helps nobody here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with (as_json_lines if options.json else for_people)() as output:
        return asyncio.run(_retrain(options, settings, learn, output))


async def _retrain(
    options: argparse.Namespace,
    settings: LocalSettings,
    learn: "Learn | None",
    output: Output,
) -> int:
    # Imported late: NumPy is to know of the limits that were set before.
    from bot.retraining.error_messages import describe_error
    from bot.retraining.job import Exit, JobSettings, RetrainingJob
    from bot.storage.database import open_database
    from bot.storage.retry import retry_while_locked
    from model.errors import AlreadyRunningError
    from model.registry.file_lock import acquire_lock
    from model.registry.registry import Registry
    from model.retraining.retrain import retrain
    from model.retraining.settings import RetrainSettings

    registry = Registry(settings.bot_data_dir / "models")
    address = settings.bot_database_url.get_secret_value()
    try:
        with acquire_lock(registry.retrain_lock):
            async with AsyncExitStack() as stack:
                database = await retry_while_locked(
                    lambda: stack.enter_async_context(open_database(address))
                )
                job = JobSettings(
                    database,
                    registry,
                    RetrainSettings(
                        options.mode, options.pictures, options.seed, settings.bot_retrain_threads
                    ),
                    settings.trusted_ids,
                    options.started_by,
                    settings.bot_retrain_minutes,
                )
                run = RetrainingJob(job, learn or retrain, output)
                _obey_signals(run.stop)
                return await run.run()
    except AlreadyRunningError:
        print("retrain: another retraining is running", file=sys.stderr)
        return Exit.ALREADY_RUNNING
    except (StorageError, OSError) as error:
        output({"event": "failed", "run": None, "reason": str(describe_error(error))})
        return Exit.FAILED


def _obey_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.retrain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the bot's data folder (default: BOT_DATA_DIR)"
    )
    parser.add_argument(
        "--database", metavar="URL", help="of the corrections (default: BOT_DATABASE_URL)"
    )
    parser.add_argument("--mode", choices=("head", "full"), default="head", help="as said above")
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="of face crops, for --mode full"
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument(
        "--started-by", type=int, metavar="USER_ID", help="whom to note as having asked for it"
    )
    parser.add_argument("--json", action="store_true", help="tell in JSON, one object a line")
    return parser


def end_with_status() -> None:
    """The program: ends at once, since a thread that still learns would be waited for."""
    status = main()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end_with_status()
