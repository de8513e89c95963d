"""What requests of the control side bring, checked; what is wrong is refused with a sentence."""

import math
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from bot.sandbox.bot_api.params import loaded
from bot.sandbox.errors import Refusal
from bot.sandbox.state.sandbox_state import SandboxState


def state_of(request: Request) -> SandboxState:
    """The sandbox that a request is about."""
    state = request.app.state.state
    assert isinstance(state, SandboxState)  # noqa: S101 - tells the type checker
    return state


def integer(fields: Mapping[str, Any], name: str) -> int:
    """A whole number that must be there."""
    try:
        return int(fields[name])
    except KeyError:
        raise Refusal(422, f"{name} is missing.") from None
    except (TypeError, ValueError):
        raise Refusal(422, f"{name} must be a whole number, not {fields[name]!r}.") from None


def optional_integer(fields: Mapping[str, Any], name: str) -> int | None:
    """A whole number, or None where there is none."""
    return integer(fields, name) if fields.get(name) not in (None, "") else None


def string(fields: Mapping[str, Any], name: str) -> str:
    """A text; empty where there is none."""
    found = fields.get(name, "")
    if not isinstance(found, str):
        raise Refusal(422, f"{name} must be a text, not {found!r}.")
    return found


def finite(fields: Mapping[str, Any], name: str, default: float) -> float:
    """A number; `default` where there is none."""
    try:
        number = float(fields.get(name, default))
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refusal(422, f"{name} must be a number.")
    return number


def query_number(request: Request, name: str, default: float) -> float:
    """A number of the address; `default` where there is none."""
    return finite(request.query_params, name, default)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings."""
    try:
        body = loaded(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(422, "The body must be a JSON object.")
    return body
