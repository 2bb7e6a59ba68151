"""The errors of the engine, one tree.

    EngineError
    ├── UsageError            the command line or the surroundings are wrong; exit code 2
    ├── RecipeInvalid         carries every diagnostic of a file; exit code 3
    ├── RecordError           one record cannot go on: it goes to dead letters, the run goes on
    ├── RunStopped            the recipe says stop: the run ends; exit code 4
    ├── ConnectionFailed      a connection is down, refuses the key or throttles: the run stops; exit code 4
    ├── Refused               the address policy or a bound of the HTTP door said no; the run stops
    └── LedgerError           the ledger cannot be read or written: nothing is sent after it

A message says what is wrong and what was expected; ``help`` says what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.diagnostics import Diagnostic, Located


class EngineError(Exception):
    """Base of every error the engine raises on purpose.

    Args:
        message: What is wrong and what was expected, one sentence without a final full stop.
        help: What the user can do about it, or an empty text.
    """

    def __init__(self, message: str, *, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(EngineError):
    """The command line, a file's place or the state folder is wrong."""


class RecipeInvalid(EngineError):
    """A recipe, connections or connector file has findings; none of it runs.

    Args:
        diagnostics: All of them.
        source: The file they are about (``engine.source.Source``), which knows their lines.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], source: Located) -> None:
        super().__init__(f"{source.path} has {len(diagnostics)} finding(s)")
        self.diagnostics = tuple(diagnostics)
        self.source = source


class RecordError(EngineError):
    """One record cannot go on.

    Args:
        code: The diagnostic code, ``X…``.
        pointer: Place in the recipe (RFC 6901) of the expression or action that failed.

    Attributes:
        is_handled: Whether an ``on_error`` has seen it.
    """

    def __init__(self, code: str, message: str, *, pointer: str = "", help: str = "") -> None:
        super().__init__(message, help=help)
        self.code = code
        self.pointer = pointer
        self.is_handled = False

    def at(self, pointer: str) -> RecordError:
        """Return this error with *pointer* where it has none yet."""
        if not self.pointer:
            self.pointer = pointer
        return self


class RunStopped(EngineError):
    """The recipe ends the run.

    Attributes:
        failed: The failure of the record in hand for which it does so, or None.
    """

    def __init__(self, message: str, *, help: str = "", failed: RecordError | None = None) -> None:
        super().__init__(message, help=help)
        self.failed = failed


class ConnectionFailed(EngineError):
    """A connection, not a record, failed: auth, throttling or outage.

    Args:
        may_pass: Whether the same request may succeed a little later.
        after: Seconds after which the target says that it may be repeated, or None.
    """

    def __init__(
        self, message: str, *, help: str = "", may_pass: bool = False, after: float | None = None
    ) -> None:
        super().__init__(message, help=help)
        self.may_pass, self.after = may_pass, after


class Refused(EngineError):
    """The HTTP door refused an address, a redirect or the size of an answer.

    Attributes:
        left: Whether the request had left before, so that the target may have acted on it.
    """

    def __init__(self, message: str, *, help: str = "", left: bool = False) -> None:
        super().__init__(message, help=help)
        self.left = left


class Crashed(Exception):
    """The engine itself failed; the text is its traceback with secrets masked, which the original's is not.

    Attributes:
        kind: Name of the original's class.
    """

    def __init__(self, trace: str, kind: str) -> None:
        super().__init__(trace)
        self.kind = kind


class LedgerError(EngineError):
    """The ledger could not be opened, read or written."""
