"""Secret backends: ``${env:NAME}``, ``${file:PATH}``. Each gives the text behind a reference as a ``Secret``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import UsageError
from engine.secret import Secret

REFERENCE: Final = re.compile(r"\$\{([a-z]+):([^{}]+)\}")
LONGEST: Final = 65_536


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret lies: a backend's name and its place there."""

    backend: str
    place: str

    def __str__(self) -> str:
        return f"${{{self.backend}:{self.place}}}"


def parse(text: str) -> Reference | None:
    """Return *text* as a reference, or None where it is none."""
    match = REFERENCE.fullmatch(text.strip())
    return Reference(match.group(1), match.group(2)) if match else None


def resolve(reference: Reference, environ: Mapping[str, str], base: Path) -> Secret:
    """Return the secret behind *reference*.

    Args:
        environ: The process's environment.
        base: The folder that relative paths start from, that of ``connections.yaml``.

    Raises:
        UsageError: nothing lies there, or the backend is unknown.
    """
    if reference.backend == "env":
        return _from_environment(reference, environ)
    if reference.backend == "file":
        return _from_file(reference, base)
    raise UsageError(
        f"{reference} names an unknown place for secrets", help="write ${env:NAME} or ${file:PATH}"
    )


def _from_environment(reference: Reference, environ: Mapping[str, str]) -> Secret:
    text = environ.get(reference.place, "")
    if not text:
        raise UsageError(
            f"the environment variable {reference.place} is not set, but a connection needs it",
            help=f"export {reference.place}=… in the shell that runs this",
        )
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise UsageError(f"the environment variable {reference.place} is not UTF-8 text")
    return Secret(text, str(reference))


def _from_file(reference: Reference, base: Path) -> Secret:
    try:
        path = base / Path(reference.place).expanduser()
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST + 1)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the secret file {reference.place} is not UTF-8 text (byte {error.start})"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path, a ~user that does not exist
        reason = (error.strerror if isinstance(error, OSError) else "") or "there is no such path"
        raise UsageError(f"the secret file {reference.place!r} cannot be read: {reason}") from error
    if len(text) > LONGEST or not text.strip():
        raise UsageError(
            f"the secret file {reference.place} is {'empty' if not text.strip() else 'larger than 64 KB'}"
        )
    return Secret(text.rstrip("\r\n"), str(reference))
