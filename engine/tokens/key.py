"""The key under which tokens are kept: ``RECIPE_KEY``, or a file outside every project that only its user may read."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.errors import UsageError
from engine.secret import Secret, reveal

VARIABLE: Final = "RECIPE_KEY"
LENGTH: Final = 32


def key_file(environ: Mapping[str, str]) -> Path:
    """Return where the key lies on this machine, if there is one."""
    own = environ.get("XDG_CONFIG_HOME", "")
    base = Path(own) if Path(own).is_absolute() else Path(environ.get("HOME") or Path.home()) / ".config"
    return base / "recipe-engine" / "key"


def find(environ: Mapping[str, str]) -> list[Secret]:
    """Return the keys: the first one seals, each of them opens. None where there is no key yet.

    Raises:
        UsageError: one is no key, or others may read its file.
    """
    if text := environ.get(VARIABLE, "").strip():
        return [_key(each, VARIABLE) for each in text.split()]
    file = key_file(environ)
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) else "it holds no key"
        raise UsageError(f"the key {file} cannot be read: {told}") from error
    if mode & 0o077:
        raise UsageError(f"others than you may read the key {file}", help=f"chmod 600 {file}")
    return [_key(each, str(file)) for each in text.split()]


def make(environ: Mapping[str, str]) -> tuple[Secret, Path]:
    """Make a key and return it with its file, which nobody else may read.

    Raises:
        UsageError: it cannot be written; or another process has made one meanwhile.
    """
    file = key_file(environ)
    text = base64.urlsafe_b64encode(os.urandom(LENGTH)).decode()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise UsageError(
            f"the key {file} cannot be made: {error.strerror}",
            help=f"or set {VARIABLE} to a key of your own: 32 bytes as URL-safe base64",
        ) from error
    return Secret(text, str(file)), file


def _key(text: str, place: str) -> Secret:
    try:
        is_key = len(base64.urlsafe_b64decode(text)) == LENGTH
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise UsageError(
            f"what {place} holds is no key",
            help="a key is 32 bytes as URL-safe base64; several stand beside each other, the newest first",
        )
    return Secret(text, place)


def opened(keys: list[Secret]) -> list[str]:
    """Return *keys* as text, for the library that seals."""
    return [reveal(key) for key in keys]
