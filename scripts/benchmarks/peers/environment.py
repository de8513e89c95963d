"""The environment of the everyday bots, apart from this project's own."""

import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
# It demands packages that it does not use here, PyTorch among them.
ALONE = "fer==25.10.3"
_READY = "ready"  # a copy of the requirements, written when everything is installed


def python_of(folder: Path) -> Path:
    """Return the Python of the environment in a folder, which is made if it is not there.

    Raises:
        subprocess.CalledProcessError: something cannot be installed.
    """
    python = folder / "bin" / "python"
    wanted = f"{REQUIREMENTS.read_text()}{ALONE}\n"
    ready = folder / _READY
    if ready.exists() and ready.read_text() == wanted:
        return python
    print(f"Installing the everyday bots' packages in {folder}", file=sys.stderr)
    venv.create(folder, clear=True, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, "-r", str(REQUIREMENTS)], check=True)  # noqa: S603
    subprocess.run([*install, "--no-deps", ALONE], check=True)  # noqa: S603
    ready.write_text(wanted)
    return python
