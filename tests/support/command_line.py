"""Command lines that a test runs in its own process."""

import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path


def run_main(
    main: Callable[[list[str]], int], *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run a command line, which in a process of its own would import its libraries each time.

    Args:
        main: takes the arguments and returns the exit status.
        *arguments: of the command line.

    Returns:
        The exit status, and what was printed.
    """
    texts = [str(argument) for argument in arguments]
    with redirect_stdout(StringIO()) as output, redirect_stderr(StringIO()) as errors:
        try:
            status = main(texts)
        except SystemExit as refused:  # by argparse, which gives the status as a number
            status = int(refused.code or 0)
    return subprocess.CompletedProcess(texts, status, output.getvalue(), errors.getvalue())
