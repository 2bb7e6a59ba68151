"""Engines with a mistake each, which must be seen. Each is put in place before a run's child is forked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.actions import effect, operation, uncertain
from engine.ledger import EffectState
from tests.faults.driver import MISTAKES

_send, _before, _look_up, _found = effect._send, effect._before, uncertain.look_up, uncertain._found


async def _impatient(write: Any, row: Any, find: Any, world: Any) -> Any:
    """Not found is taken for not made before the target has settled."""
    record = await uncertain._found(write, row, find, world)
    return None if record is None else await uncertain._done(write, row, record, world)


async def _credulous(write: Any, row: Any, find: Any, world: Any) -> Any:
    """A record that the target gives is taken for ours, whatever key it carries."""
    target = world.targets[write.use.connection]
    async for page in operation.pages(write.use.lookup, target, find.asked(row.external_id), ""):
        for record in page:
            return record
    return None


def _hasty(row: Any) -> EffectState:
    """The refusal of a repeat is taken for one of the request before it."""
    return EffectState.FAILED


def _engine(
    send: Any = _send, before: Any = _before, look_up: Any = _look_up, found: Any = _found
) -> Callable[[], None]:
    def install() -> None:
        effect._send, effect._before = send, before
        for module in (effect, uncertain):
            setattr(module, "look_up", look_up)  # noqa: B010  # what a module imports is not its to give
        uncertain._found = found

    return install


ENGINES: Final = {
    "as it is": _engine(),
    "sends first": _engine(send=MISTAKES["sends first"]),
    "sends anew": _engine(send=MISTAKES["sends anew"]),
    "forgets the first": _engine(before=_hasty),
    "does not wait": _engine(look_up=_impatient),
    "believes the filter": _engine(found=_credulous),
}
"""What puts each in place."""
