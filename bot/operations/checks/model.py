"""Checks the files of all versions of the model, and lets the active one answer a picture."""

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.operations.checks.finding import Finding, failed, ok, warning
from bot.operations.checks.reference_face import reference_face
from model.errors import ModelError
from model.prediction.predictor import Predictor
from model.registry.registry import Registry

_REINSTALL = "Install this program again: files of it are missing or damaged."


def check_model(
    registry: Registry, load: Callable[[Path], Predictor] = Predictor
) -> Iterator[Finding]:
    """Compare the files with their hashes, and judge a picture.

    Args:
        registry: the versions of the model.
        load: loads a version from its folder.
    """
    try:
        active = registry.active()
    except ModelError as error:
        yield failed("model", str(error), _REINSTALL)
        return
    for problem in registry.verify():
        yield warning(
            "model",
            problem,
            f"Version {active.name} answers. photo-mood models promote chooses another one; the "
            "next retraining removes what interrupted changes left.",
        )
    try:
        verdict = load(active.folder).predict(reference_face())
    except (ModelError, ImportError, OSError) as error:
        yield failed("model", f"version {active.name} cannot be loaded: {error}", _REINSTALL)
        return
    if not verdict.faces:
        yield failed("model", "the face in the reference picture is not found", _REINSTALL)
        return
    yield ok(
        "model",
        f"version {active.name} has the right hashes, and calls the reference face "
        f"{verdict.verdict} (probability of happy {verdict.probability_happy:.0%})",
    )
