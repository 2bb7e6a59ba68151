"""One declaration for every kind on every floor: filters, paging, auth, triggers, built-in actions.

Name, summary, parameters and example are said once, beside the behaviour; JSON Schema, reference page, completion and
the test that runs the example come from here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple


class Unknown(Enum):
    """Stands for a value that only a record gives: for one that is surely there, or for one that may be left out."""

    GIVEN = "given"
    OPTIONAL = "optional"


class Slip(NamedTuple):
    """What is wrong with something that an action is given, whatever the record.

    Attributes:
        field: The field, or empty where the whole is meant.
    """

    field: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a kind is.

    Attributes:
        name: As written in YAML.
        summary: One sentence for the reference page and the editor.
        run: The behaviour: a filter's function, or the class that serves a YAML kind.
        params: The pydantic model of a YAML kind's settings. None for a filter, whose parameters are those of *run*.
        examples: Pairs of an input and what it gives, run by a test. A filter's input is ``(value, pipe)``.
        effect: What an action does: ``read`` leaves nothing behind.
        group: What it is about, the heading it has on the reference page.
        makes: What a report calls that which an action makes, in the plural.
        static: Gives what is wrong, for every record, with what a recipe writes for an action: constants as they are,
            ``Unknown`` in place of what only a record gives, at any depth. What is written meets the schema.
        look: Looks at what an action is given, before the record's first write: ``(given, world, pointer)``; raises
            ``RecordError``.
        plan: What *run* comes to, told without touching anything but the ledger, for an action that leaves something
            behind: takes and returns what *run* does. *run* itself where it goes only by the ledger and the log.
        together: Whether what records ask of it goes together, at less cost, in the order in which they ask.
        finish: Ends what an action has left to be done when a run ends, also one that stopped, with what a killed
            run left: ``async (world, recipe's name)``; raises ``EngineError``.
    """

    name: str
    summary: str
    run: Callable[..., Any]
    params: Any = None
    examples: tuple[tuple[Any, Any], ...] = ()
    effect: str = "read"
    group: str = ""
    makes: str = ""
    static: Callable[[Mapping[str, Any]], Iterable[Slip]] | None = None
    look: Callable[..., None] | None = None
    plan: Callable[..., Awaitable[Any]] | None = None
    finish: Callable[..., Awaitable[None]] | None = None
    together: bool = False
