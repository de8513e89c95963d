"""Stands in for `scripts.retrain`: prints what a test has written into a file.

    python fake_retrain.py FILE [--started-by USER_ID]

FILE is JSON, written by `tests.support.scripted_retraining.FakeProgram`. The program prints its
lines, and waits for the test where there is none. Then it ends with the given status.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("file", type=Path)
parser.add_argument("--started-by")
arguments = parser.parse_args()
program = json.loads(arguments.file.read_text())

on_sigterm = signal.SIG_IGN if program["ignores_signals"] else lambda *_: sys.exit(130)
signal.signal(signal.SIGTERM, on_sigterm)
print("started by", arguments.started_by, file=sys.stderr)
print("the token is", os.environ.get("TELEGRAM_BOT_TOKEN", "not known"), file=sys.stderr)
for line in program["lines"]:
    if line is None:
        Path(program["gate"]).read_bytes()  # until the test has written to it
    else:
        print(line, flush=True)
sys.exit(program["status"])
