"""Random updates as Telegram's types allow them, and what makes them invalid."""

import random
import string
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scripts.reliability.updates.telegram_types import (
    Array,
    Field,
    Intersection,
    Literal,
    Object,
    Primitive,
    Reference,
    Type,
    Union,
    Without,
)

Json = dict[str, Any]

MARK = "Xyzzy"
"""Is in every text that a person could have written, so that it can be looked for in a log."""
MAX_DEPTH = 5
OPTIONAL_FIELDS = 5  # at most, of one object
USUAL_KINDS = ("message", "callback_query")
USUAL = 0.7  # share of these
TEXTS = ("/start", "/help", "/mood", "/forget", "/mydata", "/mystats", "/retrain", "/export", "hi")
TAPS = ("v1:1:0:h", "v1:zz:3:w", "v1:1:0:", "retrain:stop", "forget:erase", "models:x", "")
LONG = 100_000  # characters
YEAR_10000 = 253_402_300_800  # in seconds since 1970
ODD_NUMBERS = (0, -1, 2**31, -(2**31), 2**52, 2**63, 2**64, -(2**63) - 1, 10**30, 1e308, 0.5)
ODD_TEXTS = ("", " ", "\0", "\x1b[31m\r\n", "\u202etxt.gpj", "ﷺ" * 300, "%s{}\\", "é" * 5000)
ODD_DATES = (YEAR_10000, -YEAR_10000, 2**40, 2**63, -1, 0)
NESTING = 300


class RandomUpdates:
    """Makes updates.

    Args:
        types: as `read_types` returns them.
        people: ids of the users whose updates these are, with a private chat each.
        rng: makes the choices.
    """

    def __init__(
        self, types: Mapping[str, Type], people: Sequence[int], rng: random.Random
    ) -> None:
        self._types = types
        self._people = people
        self._rng = rng
        self._kinds = self._fields(types["Update"])
        del self._kinds["update_id"]

    def next(self) -> Json:
        """Return an update without `update_id`, of which about one in four is valid."""
        usual = self._rng.random() < USUAL
        kind = self._rng.choice(USUAL_KINDS if usual else sorted(self._kinds))
        update: Json = {kind: self._value(self._kinds[kind].type, kind, 0)}
        for _ in range(self._rng.choice((0, 1, 1, 2, 5))):
            damage(update, self._rng)
        return update

    # Values.

    def _value(self, wanted: Type, name: str, depth: int) -> Any:
        match wanted:
            case Primitive(primitive):
                return self._primitive(primitive, name)
            case Literal(value):
                return value
            case Array(item):
                count = self._rng.choice((0, 1, 1, 2, 4)) if depth < MAX_DEPTH else 0
                return [self._value(item, name, depth + 1) for _ in range(count)]
            case Union(options):
                return self._value(self._rng.choice(options), name, depth)
            case Reference(known) if known in self._types:
                return self._value(self._types[known], name, depth)
            case Object() | Intersection() | Without():
                return self._object(wanted, name, depth)
        return None

    def _object(self, wanted: Type, name: str, depth: int) -> Any:
        if isinstance(wanted, Without) and not self._fields(wanted):
            return self._value(wanted.of, name, depth)  # a union without some options
        fields = self._fields(wanted)
        optional = [one for one in sorted(fields) if not fields[one].required]
        count = self._rng.randint(0, OPTIONAL_FIELDS) if depth < MAX_DEPTH else 0
        chosen = set(self._rng.sample(optional, min(count, len(optional))))
        made = {
            one: self._value(field.type, one, depth + 1)
            for one, field in fields.items()
            if field.required or one in chosen
        }
        if name in ("message", "callback_query") and depth < 2 and self._rng.random() < 0.9:
            self._make_private(made)
        return made

    def _make_private(self, made: Json) -> None:
        """Let it come from one of the people, so that the bot can answer."""
        user = self._rng.choice(self._people)
        made["from"] = {"id": user, "is_bot": False, "first_name": MARK}
        if "chat" in made:
            made["chat"] = {"id": user, "type": "private", "first_name": MARK}
            if self._rng.random() < 0.3:
                made["text"] = self._rng.choice(TEXTS)
                made["entities"] = [
                    {"type": "bot_command", "offset": 0, "length": len(made["text"])}
                ]
        else:
            made["data"] = self._rng.choice(TAPS)

    def _primitive(self, primitive: str, name: str) -> Any:
        if primitive == "number":
            if name.endswith("date"):
                return int(time.time()) - self._rng.randrange(10**6)
            if name.endswith("id"):
                return self._rng.randrange(1, 2**52)
            return self._rng.choice((0, 1, self._rng.randrange(10**4), self._rng.uniform(-90, 90)))
        if primitive == "boolean":
            return self._rng.random() < 0.5
        if primitive == "string":
            letters = self._rng.choices(string.ascii_letters + " 💡", k=self._rng.randint(0, 40))
            return MARK + "".join(letters)
        return None

    # Types.

    def _fields(self, of: Type) -> dict[str, Field]:
        match of:
            case Reference(name) if name in self._types:
                return self._fields(self._types[name])
            case Object(fields, extends):
                return {**self._all_fields(extends), **fields}
            case Intersection(parts):
                return self._all_fields(parts)
            case Without(inner, removed):
                fields = self._fields(inner)
                return {one: fields[one] for one in fields if one not in _names(removed)}
        return {}

    def _all_fields(self, of: Sequence[Type]) -> dict[str, Field]:
        found: dict[str, Field] = {}
        for one in of:
            found |= self._fields(one)
        return found


def _names(of: Type) -> set[object]:
    options = of.options if isinstance(of, Union) else (of,)
    return {option.value for option in options if isinstance(option, Literal)}


# --- damage ---


def damage(update: Json, rng: random.Random) -> None:
    """Change something anywhere in an update so that it is no longer what Telegram promises."""
    parent, key = rng.choice(_places(update))
    rng.choice(DAMAGES)(parent, key, rng)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return all places in a value, each as the list or object and the index or key."""
    keys = range(len(value)) if isinstance(value, list) else list(value)
    found = []
    for key in keys:
        found.append((value, key))
        if isinstance(value[key], list | dict):
            found += _places(value[key])
    if not found and isinstance(value, dict):
        found.append((value, "added"))
    return found


def _drop(parent: Any, key: Any, _: random.Random) -> None:
    if isinstance(parent, list) or key in parent:  # a new key is not
        del parent[key]


def _retype(parent: Any, key: Any, rng: random.Random) -> None:
    parent[key] = rng.choice((None, True, 7, -1.5, MARK, [], {}, [None], {MARK: MARK}))


def _add(parent: Any, key: Any, rng: random.Random) -> None:
    if isinstance(parent, dict):
        parent[f"added_{rng.randrange(100)}"] = {MARK: [key]}


def _odd_number(parent: Any, key: Any, rng: random.Random) -> None:
    parent[key] = rng.choice(ODD_NUMBERS)


def _odd_date(parent: Any, _: Any, rng: random.Random) -> None:
    if isinstance(parent, dict):
        parent["date"] = rng.choice(ODD_DATES)


def _odd_text(parent: Any, key: Any, rng: random.Random) -> None:
    parent[key] = MARK + rng.choice(ODD_TEXTS)


def _long_text(parent: Any, key: Any, _: random.Random) -> None:
    parent[key] = MARK * (LONG // len(MARK))


def _nest(parent: Any, key: Any, _: random.Random) -> None:
    value: Any = MARK
    for _level in range(NESTING):
        value = [value]
    parent[key] = value


DAMAGES: Sequence[Callable[[Any, Any, random.Random], None]] = (
    _drop,
    _drop,
    _retype,
    _retype,
    _add,
    _odd_number,
    _odd_date,
    _odd_text,
    _long_text,
    _nest,
)
