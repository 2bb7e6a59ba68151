"""Generated code: a recipe's values as Python functions, in place of walking their nodes for each record.

The interpreter is the meaning. Generated code gives what it gives, or raises; then the interpreter evaluates the value
and says what is wrong, and where. Only where it finds nothing wrong and the code did not leave the record to it
(``Slow``) is there a mistake in the code: the record fails with ``X902``, whatever the interpreter made of it.
"""

from __future__ import annotations

import contextlib
import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol

from engine.errors import RecordError
from engine.generated.made import Unfit
from engine.generated.operations import NAMES
from engine.generated.values import Function
from engine.generated.writer import Line, Writer
from engine.quick import Slow
from engine.recipe import Check, DocumentMapping, End, Recipe, Trigger, rebuilt
from engine.schema import Validator
from engine.scope import Constants, Scope
from engine.values import Value

APART: Final = frozenset({(Trigger, "given"), (Check, "told"), (End, "why")})
"""Values that are evaluated once for a run, or once for a record that ends here: they stay the interpreter's."""
HELP: Final = "report it, with the record and what recipe show --compiled prints at this line"


@dataclass(frozen=True, slots=True)
class Module:
    """The code of one recipe.

    Attributes:
        name: Under which tracebacks and debuggers know it.
        lines: What it consists of; the line number says which.
        constants: What it reads beside literals, by name.
    """

    name: str
    lines: tuple[Line, ...]
    constants: Mapping[str, Any]
    text: str

    def functions(self) -> Mapping[str, Any]:
        """Return the functions by name; their lines are shown in tracebacks."""
        linecache.cache[self.name] = (len(self.text), None, self.text.splitlines(keepends=True), self.name)
        code: CodeType = compile(self.text, self.name, "exec")
        names: dict[str, Any] = {"__builtins__": {}, **NAMES, **self.constants}
        exec(code, names)  # noqa: S102  # the text is ours: of a recipe only quoted literals are in it
        return names

    def place(self, trace: TracebackType | None) -> str:
        """Return the pointer of the recipe's value in whose code *trace* ends, or an empty text."""
        found = ""
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.name:
                found = self.lines[trace.tb_lineno - 1].place
            trace = trace.tb_next
        return found


class Coded:
    """A value with code in its place; ``of`` is the value itself."""

    __slots__ = ()
    if TYPE_CHECKING:  # else a dataclass would take it for the default of its field

        @property
        def of(self) -> Value: ...

    @property
    def pointer(self) -> str:
        return self.of.pointer

    @property
    def uses(self) -> Any:
        return self.of.uses


@dataclass(frozen=True, slots=True)
class Compiled(Coded):
    """A value with its code.

    Attributes:
        of: The value itself, which says what the code means.
        proves: Whether every text that the code gives has the format, of ours, that its field asks for.
        validator: Of what it goes into: numbers are written as its fields have them. None where they stay numbers.
        slow: How often the code left a value to the interpreter: one number, to which every value of a recipe adds.
    """

    of: Value
    run: Callable[[Scope], Any]
    module: Module
    proves: bool
    validator: Validator | None = None
    slow: list[int] = field(default_factory=lambda: [0])

    def evaluate(self, scope: Scope) -> Any:
        """Return the value for one record, as ``Value.evaluate`` does."""
        try:
            return self.run(scope)
        except Exception as error:  # noqa: BLE001  # whatever it is, the interpreter says what it means
            return self._interpreted(scope, error)

    def document(self, scope: Scope) -> tuple[Any, bool]:
        """Return the value for one record, and whether it is proved: what the interpreter makes of it is not."""
        try:
            return self.run(scope), self.proves
        except Exception as error:  # noqa: BLE001  # as above
            return self._interpreted(scope, error), False

    def _interpreted(self, scope: Scope, error: Exception) -> Any:
        value = self.of.evaluate(scope)
        if not isinstance(error, Slow):
            raise failing(self, error) from error
        self.slow[0] += 1
        return value if self.validator is None else self.validator.written(value)


class _WithModule(Protocol):
    """A value whose code stands in a module."""

    @property
    def module(self) -> Module: ...
    @property
    def pointer(self) -> str: ...


def failing(value: _WithModule, error: Exception) -> RecordError:
    """Return that the code of *value* raised *error* for a record of which the interpreter finds nothing wrong."""
    place = value.module.place(error.__traceback__) or value.pointer
    what = f"the generated code of this value fails ({type(error).__name__}), and its meaning does not"
    return RecordError("X902", what, pointer=place, help=HELP)


def interpreted(value: Value) -> Value:
    """Return *value* as the interpreter knows it."""
    return value.of if isinstance(value, Coded) else value


def code_of(recipe: Recipe) -> tuple[Module, Mapping[int, tuple[str, bool]]]:
    """Return the code of *recipe*'s values, and by the value's ``id`` its function's name and ``Compiled.proves``."""
    writer = Writer()
    names: dict[int, tuple[str, bool]] = {}

    def write(value: Value, holder: Any, field: str) -> Value:
        if (type(holder), field) not in APART:
            name = f"{field}_{len(names) + 1}"
            with contextlib.suppress(Unfit):
                names[id(value)] = (
                    name,
                    Function(writer, recipe.constants).write(name, value, validator_of(holder)),
                )
        return value

    rebuilt(recipe, write, lambda called: called)
    return Module(f"<recipe {recipe.name}>", tuple(writer.lines), writer.constants, writer.text()), names


def compiled(recipe: Recipe) -> Recipe:
    """Return *recipe* with code for its values, those of the recipes it calls too."""
    module, names = code_of(recipe)
    functions = module.functions()
    slow = [0]

    def change(value: Value, holder: Any, field: str) -> Value:
        if id(value) not in names:
            return value
        name, proves = names[id(value)]
        return Compiled(value, functions[name], module, proves, validator_of(holder), slow)

    return rebuilt(recipe, change, compiled)


def left_to_interpreter(recipe: Recipe) -> int:
    """Return how often the code of *recipe*, and of those it calls, left a value to the interpreter."""
    counts: dict[int, int] = {}

    def collect(value: Value, holder: Any, field: str) -> Value:
        code = getattr(value, "plain", value)
        if isinstance(code, Compiled):
            counts[id(code.slow)] = code.slow[0]
        return value

    def inner(called: Recipe) -> Recipe:
        return rebuilt(called, collect, inner)

    inner(recipe)
    return sum(counts.values())


def of_value(value: Value, constants: Constants, validator: Validator | None = None) -> Compiled:
    """Return *value*, which belongs to no recipe, with code of its own; raises ``Unfit`` where it has none.

    Args:
        validator: Of what it goes into: numbers are written as its fields have them.
    """
    writer = Writer()
    proves = Function(writer, constants).write("value", value, validator)
    module = Module("<value>", tuple(writer.lines), writer.constants, writer.text())
    return Compiled(value, module.functions()["value"], module, proves, validator)


def validator_of(holder: Any) -> Validator | None:
    """Return what judges the value that stands in *holder*, where its numbers are written as a schema has them."""
    return holder.validator if isinstance(holder, DocumentMapping) else None
