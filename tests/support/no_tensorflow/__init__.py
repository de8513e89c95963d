"""An environment like that of a bot that was installed without the extra `train`."""

import os
import shlex
import sys
from pathlib import Path

from tests.support.bot_process import REPOSITORY

PYTHONPATH = os.pathsep.join([str(Path(__file__).parent), str(REPOSITORY)])
INSTALL_COMMAND = shlex.join([sys.executable, "-m", "pip", "install", "photo-mood-bot[train]"])
