"""Recipes whose code reads records that are decoded for what it reads, in place of all that they hold.

A record that does not fit, or that the code leaves to the interpreter, is decoded whole: at once, and for all that is
still to be evaluated. Both are the same record; which of the two it is nobody can tell but by the time that it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from engine import canonical
from engine.errors import RecordError
from engine.generated import (
    APART,
    Coded,
    Compiled,
    Module,
    code_of,
    compiled,
    failing,
    of_value,
    validator_of,
)
from engine.generated.decoding import NO_FIT, Projection, decoder
from engine.generated.made import Unfit
from engine.generated.shape import Shape
from engine.generated.values import Function
from engine.generated.writer import Writer
from engine.paths import MISSING, RECORD
from engine.quick import Slow
from engine.raw import Raw
from engine.recipe import DocumentMapping, Recipe, Trigger, rebuilt
from engine.schema import Validator
from engine.scope import Constants, Scope
from engine.values import Value

ALWAYS: Final = frozenset({Trigger, DocumentMapping})
"""What every record goes through: what is read there stands in every record that fits."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Decodes records for what is read of them.

    Attributes:
        decode: Does so, or raises.
        whole: How many records were decoded whole: one number.
    """

    decode: Callable[[bytes], Projection]
    whole: list[int] = field(default_factory=lambda: [0])

    def read(self, raw: bytes) -> Any:
        """Return the record whose JSON is *raw*: for what is read of it, or as plain data where it does not fit.

        Raises:
            NotJson: it is damaged.
            RecordError: only the decoder fails.
        """
        try:
            record = self.decode(raw)
        except NO_FIT:  # decoding the whole says which it is
            whole = Raw(raw).value()
            self.whole[0] += 1
            return whole
        except Exception as error:
            Raw(raw).value()
            what = f"the decoder for what is read of records fails ({type(error).__name__})"
            raise RecordError("X902", what, help="report it, with the record and the recipe") from error
        record.raw, record.whole = raw, MISSING
        return record


@dataclass(frozen=True, slots=True)
class Projected(Coded):
    """A value whose code reads records that are decoded for what it reads, and plain ones.

    Attributes:
        run: The code that reads the former.
        module: Where that stands.
        plain: The value with code that reads records as they stand.
        reader: What decodes them.
    """

    run: Callable[[Scope], Any]
    module: Module
    plain: Compiled
    reader: Reader

    @property
    def of(self) -> Value:
        return self.plain.of

    def evaluate(self, scope: Scope) -> Any:
        """Return the value for one record, as ``Value.evaluate`` does."""
        return self.document(scope)[0]

    def document(self, scope: Scope) -> tuple[Any, bool]:
        """Return the value for one record, and whether it is proved, as ``Compiled.document`` does.

        Raises:
            RecordError: as evaluating the value does; or only the code that reads a projection fails.
        """
        if not isinstance(scope.roots.get(RECORD), Projection):
            return self.plain.document(scope)
        try:
            return self.run(scope), self.plain.proves
        except Slow:
            self.reader.whole[0] += have_whole(scope)
            return self.plain.document(scope)
        except Exception as error:  # what is wrong with the record the way for any record says
            self.reader.whole[0] += have_whole(scope)
            self.plain.document(scope)
            raise failing(self, error) from error


@dataclass(frozen=True, slots=True)
class Left(Coded):
    """A value that is the interpreter's, which takes records as they stand."""

    of: Value

    def evaluate(self, scope: Scope) -> Any:
        """Return the value for one record, as ``Value.evaluate`` does."""
        have_whole(scope)
        return self.of.evaluate(scope)


def have_whole(scope: Scope) -> bool:
    """See that the record of *scope* is there as plain data; returns whether it was decoded for that now.

    Raises:
        RecordError: what was not read of it is damaged.
    """
    record = scope.roots.get(RECORD)
    if not isinstance(record, Projection):
        return False
    # Scopes inside this one, such as those of elements, have it in roots of their own.
    is_first = record.whole is MISSING
    if is_first:
        try:
            record.whole = Raw(record.raw).value()
        except canonical.NotJson as error:
            raise RecordError(
                "X110", f"the record is no JSON: {error}", help="ask the source for it whole"
            ) from error
    scope.roots[RECORD] = record.whole
    return is_first


def coded(recipe: Recipe) -> tuple[Recipe, Reader | None]:
    """Return *recipe* with code as runs use it, and what decodes its records where that need not be the whole.

    Without a revision it is a record's content that tells whether it changed, and for that all of it is decoded.
    """
    if recipe.trigger.key is None or recipe.trigger.revision is None:
        return compiled(recipe), None
    return projecting(recipe)


def projecting(recipe: Recipe) -> tuple[Recipe, Reader | None]:
    """Return *recipe* as ``compiled`` does, and what decodes its records; None where they are to be decoded whole.

    That is where something has no code, or is used as it stands, or nothing is read.
    """
    shape = Shape()

    def look(value: Value, holder: Any, field: str) -> Value:
        if (type(holder), field) not in APART:
            function = Function(Writer(), recipe.constants, shape, is_final=False)
            function.reading.unsure = int(type(holder) not in ALWAYS)
            function.write("value", value, validator_of(holder))
        return value

    try:
        rebuilt(recipe, look, lambda called: called)
        decode = decoder(shape)
        if decode is not None:
            return _projected(recipe, shape, Reader(decode))
    except Unfit:
        pass
    return compiled(recipe), None


def _projected(recipe: Recipe, shape: Shape, reader: Reader) -> tuple[Recipe, Reader]:
    plain, names = code_of(recipe)
    writer, written = Writer(), set[int]()

    def write(value: Value, holder: Any, field: str) -> Value:
        if (type(holder), field) not in APART and id(value) not in written:
            written.add(id(value))
            Function(writer, recipe.constants, shape).write(names[id(value)][0], value, validator_of(holder))
        return value

    rebuilt(recipe, write, lambda called: called)
    name = f"<recipe {recipe.name}, of what is read>"
    module = Module(name, tuple(writer.lines), writer.constants, writer.text())
    of_read, of_all, slow = module.functions(), plain.functions(), [0]

    def change(value: Value, holder: Any, field: str) -> Value:
        if (type(holder), field) in APART:
            return value if isinstance(holder, Trigger) else Left(value)
        own, proves = names[id(value)]
        code = Compiled(value, of_all[own], plain, proves, validator_of(holder), slow)
        return Projected(of_read[own], module, code, reader)

    return rebuilt(recipe, change, compiled), reader


def projected(value: Value, constants: Constants, validator: Validator | None = None) -> Projected | None:
    """Return *value*, which belongs to no recipe, with code that reads no more of a record than it needs.

    Returns:
        None where that is all of it.

    Raises:
        Unfit: it has no code.
    """
    shape = Shape()
    Function(Writer(), constants, shape, is_final=False).write("value", value, validator)
    decode = decoder(shape)
    if decode is None:
        return None
    writer = Writer()
    Function(writer, constants, shape).write("value", value, validator)
    module = Module("<value of what is read>", tuple(writer.lines), writer.constants, writer.text())
    return Projected(
        module.functions()["value"], module, of_value(value, constants, validator), Reader(decode)
    )
