"""Stands in for `scripts.retrain`: a program that plays what a test wrote for it.

    python fake_retrain.py PLAY [--started-by USER_ID]

PLAY is a file of JSON, written by `tests.support.scripted_retraining.Play`. The program prints the
lines; where there
is none, it waits for the test. Then it ends with the status.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("play", type=Path)
parser.add_argument("--started-by")
arguments = parser.parse_args()
play = json.loads(arguments.play.read_text())

signal.signal(signal.SIGTERM, signal.SIG_IGN if play["deaf"] else lambda *_: sys.exit(130))
print("started by", arguments.started_by, file=sys.stderr)
print("the token is", os.environ.get("TELEGRAM_BOT_TOKEN", "not known"), file=sys.stderr)
for line in play["lines"]:
    if line is None:
        Path(play["gate"]).read_bytes()  # until the test has written to it
    else:
        print(line, flush=True)
sys.exit(play["status"])
