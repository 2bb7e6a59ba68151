"""The value that cannot be printed, and the mask over everything that is.

A ``Secret`` has no text of its own: ``str``, ``repr``, ``format``, pickle, copies and JSON give ``<secret>`` or refuse.
Only the doors to HTTP and SMTP call ``reveal``, the ledger for its server's address, and what seals tokens (a house
test holds that).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from hmac import compare_digest, digest
from typing import Final, NoReturn

MASK: Final = "<secret>"
SHORTEST: Final = 4
"""Secrets below this length are not searched for in output: masking every ``ab`` would garble it."""
SHORTEST_IN_DATA: Final = 8
"""Nor below this length in answers of targets: a PIN of five digits is in many an amount."""


class Secret:
    """A piece of text that leaves the process only through the HTTP door."""

    __slots__ = ("__text", "name")

    def __init__(self, text: str, name: str = "") -> None:
        self.__text = text
        self.name = name

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({self.name or MASK})"

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")

    def matches(self, text: str) -> bool:
        """Tell in constant time whether *text* is this secret."""
        return compare_digest(self.__text.encode(), text.encode())

    def _open(self) -> str:
        return self.__text


def compose(parts: Iterable[str | Secret]) -> str | Secret:
    """Return *parts* as one text; a Secret as soon as one part is."""
    pieces = list(parts)
    text = "".join(part._open() if isinstance(part, Secret) else part for part in pieces)
    names = [part.name for part in pieces if isinstance(part, Secret)]
    return Secret(text, "+".join(names)) if names else text


def encoded(before: str, parts: Iterable[str | Secret]) -> str | Secret:
    """Return *parts* as one text in base64, behind *before*; a Secret as soon as one part is."""
    whole = compose(parts)
    if not isinstance(whole, Secret):
        return before + base64.b64encode(whole.encode()).decode()
    return Secret(before + base64.b64encode(whole._open().encode()).decode(), whole.name)


def mac(secret: Secret, message: bytes, algorithm: str) -> bytes:
    """Return the code of *message* under *secret*, as RFC 2104 has it; the secret's text is its key in UTF-8."""
    return digest(secret._open().encode(), message, algorithm)


def reveal(secret: Secret) -> str:
    """Return the text of *secret*. For the HTTP door alone."""
    return secret._open()


class Masker:
    """Replaces known secrets in text, in each form in which they travel.

    Forms: base64 (standard and URL-safe, at each of the three alignments), hex, and plain, where each character may
    be escaped on its own as in URLs, JSON (within JSON, too), HTML or Python.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._known: dict[str, _Form] = {}
        self.add(secrets)

    def add(self, secrets: Iterable[Secret]) -> None:
        """Mask *secrets* too, from now on."""
        for secret in secrets:
            text = secret._open()
            if len(text) >= SHORTEST and text not in self._known:
                self._known[text] = _Form(text)

    def __call__(self, text: str) -> str:
        return self._masked(text, SHORTEST)

    def data(self, data: bytes) -> bytes:
        """Return *data*, from which documents may be made, without secrets; those below 8 characters stay."""
        if not self._known:
            return data
        text = data.decode(errors="surrogateescape")
        masked = self._masked(text, SHORTEST_IN_DATA)
        return data if masked is text else masked.encode(errors="surrogateescape")

    def _masked(self, text: str, shortest: int) -> str:
        if not self._known:
            return text
        known = (form for name, form in self._known.items() if len(name) >= shortest)
        spans = sorted(span for form in known for span in form.spans(text))
        if not spans:
            return text
        out, end = "", 0
        for start, stop in spans:
            # Spans that overlap or touch are one: what stands out of a shorter form is not left behind.
            if start > end or not out:
                out += text[end:start] + MASK
            end = max(end, stop)
        return out + text[end:]


class _Form:
    """One secret, found in text by its fixed forms and by a pattern over escapes."""

    def __init__(self, text: str) -> None:
        raw = text.encode(errors="surrogateescape")
        self.fixed = tuple(sorted({text, raw.hex(), raw.hex().upper(), *_base64(raw)}))
        self.escaped = re.compile("".join(_escapes(run) for run in re.findall(r"\\+|[^\\]", text)))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for form in self.fixed:
            start = text.find(form)
            while start >= 0:
                yield start, start + len(form)
                start = text.find(form, start + 1)
        if any(sign in text for sign in "%\\&+"):
            yield from (found.span() for found in self.escaped.finditer(text))


def _base64(raw: bytes) -> Iterator[str]:
    for shift in range(3):
        # Only the characters that nothing around the secret can change.
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        inner = coded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
        if len(inner) > SHORTEST:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")


def _escapes(char: str) -> str:
    """Return a pattern for *char*, or for a run of backslashes, as it stands or escaped."""
    if char[0] == "\\":
        count = len(char)
        return rf"(?:\\{{{count},{8 * count}}}|(?:(?i:%5c)|\\{{1,8}}(?i:u005c|x5c)){{{count}}})"
    if char.isascii() and char.isalnum():
        return char  # which nothing escapes; and a pattern that begins with plain characters is found ten times faster
    octets = [f"{octet:02x}" for octet in char.encode(errors="surrogateescape")]
    wide = char.encode("utf-16-be", "surrogatepass").hex()
    units = [wide[at : at + 4] for at in range(0, len(wide), 4)]
    ways = [re.escape(char), "".join(f"%{octet}" for octet in octets)]
    ways += [
        "".join(rf"\\{{1,8}}u{unit}" for unit in units),
        "".join(rf"\\{{1,8}}x{octet}" for octet in octets),
    ]
    ways += [rf"\\{{1,8}}x{ord(char):02x}", f"&#x{ord(char):x};", f"&#{ord(char)};"]
    ways += [re.escape(sign) for sign in (*_NAMED.get(char, ()), *("+" if char == " " else ""))]
    ways += [rf"\\{{1,8}}{_SHORT[char]}"] if char in _SHORT else []
    head, *rest = dict.fromkeys(ways)
    return f"(?:{head}|(?i:{'|'.join(rest)}))"


_NAMED: Final = {"&": ("&amp;",), "<": ("&lt;",), ">": ("&gt;",), '"': ("&quot;",), "'": ("&apos;",)}
_SHORT: Final = {'"': '"', "'": "'", "/": "/", "\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f"}
