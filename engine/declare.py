"""One declaration for every kind on every floor: filters, paging, auth, triggers, built-in actions.

Name, summary, parameters and example are said once, beside the behaviour; JSON Schema, reference page, completion and
the test that runs the example come from here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


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
        look: Looks at what an action is given, before the record's first write: ``(given, world, pointer)``; raises
            ``RecordError``.
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
    look: Callable[..., None] | None = None
    finish: Callable[..., Awaitable[None]] | None = None
