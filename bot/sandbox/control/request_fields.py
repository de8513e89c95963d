"""Fields of the control side's requests; a wrong one raises a ControlError."""

import math
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from bot.sandbox.bot_api.params import parse_json
from bot.sandbox.errors import ControlError


def integer(fields: Mapping[str, Any], name: str) -> int:
    """Return a required integer."""
    try:
        return int(fields[name])
    except KeyError:
        raise ControlError(422, f"{name} is missing.") from None
    except (TypeError, ValueError):
        raise ControlError(422, f"{name} must be a whole number, not {fields[name]!r}.") from None


def optional_integer(fields: Mapping[str, Any], name: str) -> int | None:
    """Return an integer, or None if it is missing or empty."""
    return integer(fields, name) if fields.get(name) not in (None, "") else None


def string(fields: Mapping[str, Any], name: str) -> str:
    """Return a string; empty if it is missing."""
    found = fields.get(name, "")
    if not isinstance(found, str):
        raise ControlError(422, f"{name} must be a text, not {found!r}.")
    return found


def boolean(fields: Mapping[str, Any], name: str) -> bool:
    """Return a field of a form that is "true" or "false"; false if it is missing."""
    found = fields.get(name, "false")
    if found not in ("true", "false"):
        raise ControlError(422, f"{name} must be true or false, not {found!r}.")
    return bool(found == "true")


def number(fields: Mapping[str, Any], name: str) -> float:
    """Return a required finite number."""
    try:
        found = float(fields[name])
    except KeyError:
        raise ControlError(422, f"{name} is missing.") from None
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise ControlError(422, f"{name} must be a number.")
    return found


def finite(fields: Mapping[str, Any], name: str, default: float) -> float:
    """Return a finite number; `default` if it is missing."""
    return number(fields, name) if name in fields else default


async def json_body(request: Request) -> dict[str, Any]:
    try:
        body = parse_json(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ControlError(422, "The body must be a JSON object.")
    return body
