"""The parameters of a call, from a query string, JSON, a URL-encoded form or multipart.

https://core.telegram.org/bots/api#making-requests. As in Telegram's server, every value becomes a
string first, so that a form and a JSON body with the same values have the same meaning.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.sandbox.cast import Json
from bot.sandbox.errors import BotApiError, bad_request

MAX_BODY_BYTES = 52 * 2**20
"""An upload of 50 MB and the fields around it."""


@dataclass(frozen=True)
class Upload:
    """A file in a multipart body."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Params:
    """Parameters by name, as strings, and uploaded files by field name."""

    values: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def without(self, name: str) -> "Params":
        """Return these parameters except one."""
        return Params({key: self.values[key] for key in self.values if key != name}, self.uploads)

    def text(self, name: str) -> str:
        """Return a parameter, or "" if it is missing."""
        return self.values.get(name, "")

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer; 0 if the value is not one, as in Telegram's server."""
        text = self.values.get(name)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            return 0

    def boolean(self, name: str) -> bool:
        """Return a boolean; false if it is missing."""
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def json_value(self, name: str, kind: str) -> Any:
        """Return a JSON-serialized parameter, or None if it is missing.

        Args:
            name: the parameter.
            kind: its type in the Bot API, for the error.

        Raises:
            BotApiError: it is not JSON.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return parse_json(text)
        except ValueError:
            raise bad_request(f"can't parse {kind} JSON object") from None

    def json_object(self, name: str, kind: str) -> Json | None:
        """Return a parameter that is a JSON object, or None; see `json_value`.

        Raises:
            BotApiError: it is something else.
        """
        found = self.json_value(name, kind)
        if found is None or isinstance(found, dict):
            return found
        raise bad_request(f"can't parse {kind}: Object expected as {kind}")

    def json_array(self, name: str, kind: str) -> list[Any] | None:
        """Return a parameter that is a JSON array, or None; see `json_value`.

        Raises:
            BotApiError: it is something else.
        """
        found = self.json_value(name, kind)
        if found is None or isinstance(found, list):
            return found
        raise bad_request(f"can't parse {kind}: Expected an Array of {kind}")


async def read_params(request: Request) -> Params:
    """Return the parameters of a request.

    Raises:
        BotApiError: 413 if the body is too large, 400 if it cannot be read.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise BotApiError(413, "Request Entity Too Large")
    values = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= _from_json(await request.body())
    elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        fields, uploads = await _from_form(request)
        values |= fields
    return Params(values, uploads)


def parse_json(text: str | bytes) -> Any:
    """Return the value of strict JSON in UTF-8.

    Raises:
        ValueError: it is not JSON, holds NaN, infinity or half a surrogate pair, or is nested too
            deep.
    """
    try:
        found = json.loads(text, parse_constant=_reject_constant)
        # 1e999 and half a surrogate pair parse, but would break every later answer.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    return found


def _reject_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _from_json(body: bytes) -> dict[str, str]:
    if not body.strip():
        return {}
    try:
        found = parse_json(body)
    except ValueError:
        raise bad_request("can't parse the request: can't parse JSON object") from None
    if not isinstance(found, dict):
        raise bad_request("can't parse the request: JSON object expected")
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in found.items()
        if value is not None
    }


async def _from_form(request: Request) -> tuple[dict[str, str], dict[str, Upload]]:
    values: dict[str, str] = {}
    uploads: dict[str, Upload] = {}
    try:
        async with request.form(max_part_size=MAX_BODY_BYTES) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = Upload(
                        value.filename or "", value.content_type or "", await value.read()
                    )
                else:
                    values[name] = value
    except HTTPException as error:
        raise bad_request(f"can't parse the request: {error.detail}") from None
    return values, uploads
