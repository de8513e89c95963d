"""What judges photos, as the settings say."""

import re
from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated

from pydantic import AfterValidator

_ADDRESS = re.compile(r"auto|(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}", re.ASCII)


class InferenceEngine(StrEnum):
    """What judges photos."""

    THREADS = "threads"
    RAY = "ray"


def _check_installed(engine: InferenceEngine) -> InferenceEngine:
    """Return the engine if it is installed.

    Raises:
        ValueError: it is not.
    """
    if engine is InferenceEngine.RAY and find_spec("ray") is None:
        raise ValueError("ray needs the extra `ray`, which is not installed here")
    return engine


def _check_address(address: str) -> str:
    """Return the address if it is one of a cluster that this machine belongs to.

    Raises:
        ValueError: it is not. An address of Ray Client (`ray://`) is refused, too: it reaches a
            cluster through its head only.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError(
            f"expected auto, or host:port of the cluster's head like 10.0.0.1:6379, got {address!r}"
        )
    return address


UsableEngine = Annotated[InferenceEngine, AfterValidator(_check_installed)]
RayAddress = Annotated[str, AfterValidator(_check_address)]
