"""Reads Telegram's types from the TypeScript declarations of npm `@grammyjs/types`.

That package (https://www.npmjs.com/package/@grammyjs/types, MIT) follows the Bot API. Only the part
of TypeScript is understood that its types of updates are written in; whatever is not is `Anything`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_TOKEN = re.compile(
    r"""\s+ | /\*.*?\*/ | //[^\n]*
    | (?P<token> "(?:[^"\\]|\\.)*" | `[^`]*`
        | -?\d[\d_.]* | [\w$]+(?:\.[\w$]+)* | => | \.\.\. | .)""",
    re.VERBOSE | re.DOTALL,
)
_NOT_OF_UPDATES = {"methods.d.ts", "api.d.ts", "langs.d.ts", "mod.d.ts"}
_PRIMITIVES = {"string", "number", "boolean", "undefined", "null"}


@dataclass(frozen=True)
class Anything:
    """A type that is not understood."""


@dataclass(frozen=True)
class Primitive:
    """A string, number or boolean; or "undefined" for a field that is left out."""

    name: str


@dataclass(frozen=True)
class Literal:
    """One value."""

    value: object


@dataclass(frozen=True)
class Reference:
    """A type by its name, e.g. "Chat.PrivateChat"."""

    name: str


@dataclass(frozen=True)
class Array:
    """A list of values of one type."""

    item: "Type"


@dataclass(frozen=True)
class Union:
    """One of several types."""

    options: "tuple[Type, ...]"


@dataclass(frozen=True)
class Intersection:
    """All of several types at once."""

    parts: "tuple[Type, ...]"


@dataclass(frozen=True)
class Without:
    """A type without some fields, or a union without some options."""

    of: "Type"
    removed: "Type"


@dataclass(frozen=True)
class Field:
    """A field of an object."""

    type: "Type"
    required: bool


@dataclass(frozen=True)
class Object:
    """An object; it also has the fields of the types that it extends."""

    fields: dict[str, Field] = field(hash=False)
    extends: "tuple[Type, ...]" = ()


Type = Anything | Primitive | Literal | Reference | Array | Union | Intersection | Without | Object


def read_types(folder: Path) -> dict[str, Type]:
    """Return the types in a folder by name, e.g. "Update" and "Chat.PrivateChat".

    Args:
        folder: the unpacked npm package.

    Raises:
        OSError: there is no such folder, or a file cannot be read.
        ValueError: the types of updates are not in it.
    """
    found: dict[str, Type] = {}
    for file in sorted(folder.glob("*.d.ts")):
        if file.name not in _NOT_OF_UPDATES:
            _Parser(file.read_text(encoding="utf-8")).declarations(found)
    if "Update" not in found:
        raise ValueError(f"{folder} has no type Update; expected the package @grammyjs/types")
    # Inside a namespace, its other types are named without its name.
    return {name.rpartition(".")[2]: found[name] for name in found} | found


class _Parser:
    """A recursive descent parser for declarations of types."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), ""]
        self._at = 0

    def declarations(self, found: dict[str, Type], prefix: str = "") -> None:
        """Add the declarations up to the end of the text or block to `found`."""
        while self._next not in ("", "}"):
            word = self._take()
            if word == "namespace":
                name = self._take()
                self._expect("{")
                self.declarations(found, f"{name}.")
                self._expect("}")
            elif word == "interface":
                name = self._take()
                self._skip_parameters()
                found[prefix + name] = self._interface()
            elif word == "type" and self._tokens[self._at + 1] in ("=", "<"):
                name = self._take()
                self._skip_parameters()
                self._expect("=")
                found[prefix + name] = self._type()
            elif word in ("import", "const"):
                self._skip_statement()

    def _interface(self) -> Object:
        extends = []
        if self._skip("extends"):
            extends = [self._type()]
            while self._skip(","):
                extends.append(self._type())
        return Object(self._object().fields, tuple(extends))

    def _object(self) -> Object:
        self._expect("{")
        fields = {}
        while not self._skip("}"):
            name = self._take().strip('"')
            optional = self._skip("?")
            self._expect(":")
            fields[name] = Field(self._type(), not optional)
            self._skip(";")
        return Object(fields)

    def _type(self) -> Type:
        self._skip("|")
        options = [self._intersection()]
        while self._skip("|"):
            options.append(self._intersection())
        return options[0] if len(options) == 1 else Union(tuple(options))

    def _intersection(self) -> Type:
        parts = [self._with_suffix()]
        while self._skip("&"):
            parts.append(self._with_suffix())
        return parts[0] if len(parts) == 1 else Intersection(tuple(parts))

    def _with_suffix(self) -> Type:
        inner = self._simple()
        while self._skip("["):
            if self._skip("]"):
                inner = Array(inner)
            else:  # the type of a field
                self._type()
                self._expect("]")
                inner = Anything()
        return inner

    def _simple(self) -> Type:
        if self._next == "{":
            return self._object()
        word = self._take()
        if word == "(":
            inner = self._type()
            self._expect(")")
            return inner
        if word == "[":  # a tuple
            while not self._skip("]"):
                self._type()
                self._skip(",")
            return Anything()
        if word in ("keyof", "typeof"):
            self._type()
            return Anything()
        if word.startswith('"'):
            return Literal(word[1:-1])
        if word.startswith("`"):  # a pattern
            return Primitive("string")
        if word in ("true", "false"):
            return Literal(word == "true")
        if word.lstrip("-")[:1].isdigit():
            return Literal(int(word))
        return self._generic(word) if self._next == "<" else _named(word)

    def _generic(self, name: str) -> Type:
        self._expect("<")
        arguments = [self._type()]
        while self._skip(","):
            arguments.append(self._type())
        self._expect(">")
        if name == "Array":
            return Array(arguments[0])
        if name in ("Exclude", "Omit"):
            return Without(arguments[0], arguments[1])
        return Anything()

    @property
    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, token: str) -> bool:
        if self._next == token:
            self._at += 1
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._skip(token):
            raise ValueError(f"expected {token!r}, got {' '.join(self._tokens[self._at :][:9])!r}")

    def _skip_parameters(self) -> None:
        if self._skip("<"):
            while not self._skip(">"):
                self._take()

    def _skip_statement(self) -> None:
        while self._take() not in (";", ""):
            pass


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        if match["token"]:
            yield match["token"]


def _named(name: str) -> Type:
    return Primitive(name) if name in _PRIMITIVES else Reference(name)
