"""The parameters of a call: query string, JSON, URL-encoded form or multipart, all read alike.

https://core.telegram.org/bots/api#making-requests. As in Telegram's server every value becomes
a string first; a form and a JSON body that say the same then mean the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.sandbox.cast import Json
from bot.sandbox.errors import Failure, bad_request

MOST_BYTES: Final = 52 * 2**20
"""Largest request body: an upload of 50 MB and the fields around it."""


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

    def text(self, name: str) -> str:
        """Return a parameter, or "" when it was not given."""
        return self.values.get(name, "")

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number; like Telegram's server, 0 for what is none."""
        text = self.values.get(name)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            return 0

    def flag(self, name: str) -> bool:
        """Return a truth value; false when it was not given."""
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def decoded(self, name: str, kind: str) -> Any:
        """Return a JSON-serialized parameter, or None when it was not given.

        Args:
            name: the parameter.
            kind: what it should hold, for the error.

        Raises:
            Failure: it is not JSON.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return loaded(text)
        except ValueError:
            raise bad_request(f"can't parse {kind} JSON object") from None

    def mapping(self, name: str, kind: str) -> Json | None:
        """Return a parameter that holds a JSON object, or None; see `decoded`.

        Raises:
            Failure: it holds something else.
        """
        found = self.decoded(name, kind)
        if found is None or isinstance(found, dict):
            return found
        raise bad_request(f"can't parse {kind}: Object expected as {kind}")

    def rows(self, name: str, kind: str) -> list[Any] | None:
        """Return a parameter that holds a JSON array, or None; see `decoded`.

        Raises:
            Failure: it holds something else.
        """
        found = self.decoded(name, kind)
        if found is None or isinstance(found, list):
            return found
        raise bad_request(f"can't parse {kind}: Expected an Array of {kind}")


async def read(request: Request) -> Params:
    """Return the parameters of a request.

    Raises:
        Failure: 413 for too large a body, 400 for one that cannot be read.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise Failure(413, "Request Entity Too Large")
    values = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= _from_json(await request.body())
    elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        fields, uploads = await _from_form(request)
        values |= fields
    return Params(values, uploads)


def loaded(text: str | bytes) -> Any:
    """Return what strict JSON in UTF-8 says.

    Raises:
        ValueError: not JSON, NaN, an infinite number, half a surrogate pair, or nested too deep.
    """
    try:
        found = json.loads(text, parse_constant=_refuse)
        # Written out again, or 1e999 and half a surrogate pair would break every later answer.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _from_json(body: bytes) -> dict[str, str]:
    if not body.strip():
        return {}
    try:
        found = loaded(body)
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
        async with request.form(max_part_size=MOST_BYTES) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = Upload(
                        value.filename or "", value.content_type or "", await value.read()
                    )
                else:
                    values[name] = value
    except HTTPException as fault:
        raise bad_request(f"can't parse the request: {fault.detail}") from None
    return values, uploads
