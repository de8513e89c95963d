"""A Ray cluster of one node on this machine, with the application of `deploy/ray/serve.yaml`."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
from ruamel.yaml import YAML

from scripts.reliability.bot_process import REPOSITORY

CONFIG = REPOSITORY / "deploy/ray/serve.yaml"
REPLICAS = 2
STARTED = "Ray runtime started"
START_S = 240
START_ATTEMPTS = 3


class RayCluster:
    """Starts the head and deploys the application, without Ray's dashboard and usage statistics.

    Args:
        models: folder of the registry that the replicas know.
        replicas: how many there are.
        python: of the environment that has Ray.

    Attributes:
        models: that folder.
        python: that Python.
    """

    def __init__(
        self, models: Path, replicas: int = REPLICAS, python: str | Path = sys.executable
    ) -> None:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        # Ray makes sockets in it, whose paths may have 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="ray", dir="/tmp"))
        self._head: psutil.Popen | None = None
        self._size = replicas
        self.python = str(python)
        self._programs = Path(python).parent
        self.models = models

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The id of the process that started all others; None if it does not run."""
        return None if self._head is None else int(self._head.pid)

    def start(self) -> None:
        """Start the head and deploy the application.

        Raises:
            AssertionError: With what Ray printed, if one of the two failed.
        """
        try:
            self._start_head()
            self.deploy(models=str(self.models))
        except BaseException:
            self.kill()
            raise

    def _start_head(self) -> None:
        command = [
            str(self._programs / "ray"),
            "start",
            "--head",
            "--block",
            f"--port={self._port}",
        ]
        command += [
            "--include-dashboard=false",
            "--disable-usage-stats",
            f"--num-cpus={self._size}",
        ]
        command += [f"--temp-dir={self._folder}", f"--object-store-memory={80 * 2**20}"]
        self._head = psutil.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment()
        )
        lines: list[str] = []
        for line in self._head.stdout:
            lines.append(line)
            if STARTED in line:
                break
        else:
            raise AssertionError("".join(lines))

    def deploy(self, **user_config: str) -> None:
        """Deploy the application with another `user_config`, and do not wait for it."""
        yaml = YAML(typ="safe")
        config: dict[str, Any] = yaml.load(CONFIG)
        (deployment,) = config["applications"][0]["deployments"]
        deployment["user_config"] = user_config
        deployment["max_queued_requests"] = 4
        deployment["autoscaling_config"] |= {"min_replicas": self._size, "max_replicas": self._size}
        file = self._folder / "serve.yaml"
        yaml.dump(config, file)
        command = [
            str(self._programs / "serve"),
            "run",
            "--non-blocking",
            "--address",
            self.address,
            str(file),
        ]
        done = subprocess.run(  # noqa: S603 - our own cluster
            command,
            capture_output=True,
            text=True,
            env=_environment(),
            timeout=START_S,
            check=False,
        )
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)

    def replicas(self) -> list[psutil.Process]:
        """Return the processes of the replicas."""
        return [one for one in self._processes() if "PhotoJudge" in _command(one)]

    def kill(self) -> None:
        """Kill all of the cluster's processes at once."""
        for process in list(self._processes()):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._head is not None:
            self._head.wait(30)
            self._head.stdout.close()

    def restart(self) -> None:
        """Kill everything, and start it again as a supervisor would: again if that fails."""
        for attempts_left in reversed(range(START_ATTEMPTS)):
            self.kill()
            try:
                self.start()
            except (AssertionError, subprocess.TimeoutExpired):
                if not attempts_left:
                    raise
            else:
                return

    def close(self) -> None:
        """Kill everything, and remove what Ray wrote."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)  # a process may be about to write

    def _processes(self) -> Iterator[psutil.Process]:
        if self._head is not None and self._head.is_running():
            yield from self._head.children(recursive=True)
            yield self._head


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        # A token in ~/.ray would switch authentication on in the head, and not in its clients.
        "RAY_AUTH_MODE": "disabled",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": str(START_S),  # by default 30, too few on a busy machine
        "RAY_worker_niceness": "0",  # by default 15, which starves it beside other tests
    }
