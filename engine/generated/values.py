"""Code of values: mappings, lists, loops, conditions. One function for each value that stands by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from engine.generated import pipes
from engine.generated.expressions import Expressions
from engine.generated.made import TEXTS, Made, Unfit
from engine.generated.reading import Reading
from engine.generated.shape import Shape
from engine.generated.writer import Writer, is_python
from engine.pipes import Pipe
from engine.references import resolve
from engine.schema import Validator, written
from engine.scope import MAX_LOOKS, MAX_WORK, Constants
from engine.values import ENTRY_COST, Condition, Constant, Each, Entries, Fields, Leaf, Value, When

NO_SCHEMA: Final[Any] = True


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written for a field: the schema of the field, and the one that its references lead into."""

    schema: Any = NO_SCHEMA
    root: Any = NO_SCHEMA

    def of(self, name: str) -> Form:
        """Return the form of the field *name*."""
        if not isinstance(self.schema, dict):
            return Form()
        known, others = self.schema.get("properties", {}), self.schema.get("additionalProperties", True)
        return self.below(known.get(name, others))

    @property
    def entry(self) -> Form:
        """The form of an entry."""
        return self.below(self.schema.get("items", True)) if isinstance(self.schema, dict) else Form()

    @property
    def is_money(self) -> bool:
        """Whether a number becomes the text of an amount."""
        return isinstance(self.schema, dict) and self.schema.get("format") == "money"

    @property
    def asked(self) -> str:
        """The kind that a text must have here."""
        return (
            {"money": "money", "date": "day"}.get(str(self.schema.get("format")), "")
            if isinstance(self.schema, dict)
            else ""
        )

    @property
    def is_judged(self) -> bool:
        """Whether a text here must have a format that is looked at here alone, or may hold others that must."""
        return bool(self.asked) or self.is_deep

    @property
    def is_deep(self) -> bool:
        """Whether a field or an entry below may have a form of its own."""
        return isinstance(self.schema, dict) and bool(
            {"properties", "items", "additionalProperties"} & set(self.schema)
        )

    def below(self, schema: Any) -> Form:
        return Form(resolve(schema, self.root), self.root)


@dataclass(slots=True)
class Loop:
    """A ``for_each`` that is written now.

    Attributes:
        name: Of an element, in the recipe.
        local: The same in Python.
        scope: The Python name of the interpreter's scope inside it; empty where nothing needs it.
    """

    name: str
    local: str
    scope: str = ""


@dataclass(slots=True)
class Function:
    """Writes the function of one value.

    Attributes:
        writer: The module it stands in.
        record, is_final: As ``Reading`` has them.
        loops: Those around what is written now, outermost first.
        scope: The Python name of the interpreter's scope outside loops; empty where nothing needs it.
        counts: Whether what loops do is counted.
        proves: Whether every text that goes into a field of a format of ours is sure to have it.
    """

    writer: Writer
    constants: Constants
    record: Shape | None = None
    is_final: bool = True
    reading: Reading = field(init=False)
    loops: list[Loop] = field(default_factory=list)
    scope: str = ""
    counts: bool = False
    proves: bool = True

    def __post_init__(self) -> None:
        self.reading = Reading(self.writer, self.constants, self.record, self.is_final)

    def write(self, name: str, value: Value, validator: Validator | None = None) -> bool:
        """Write the function *name* of *value*, which gives what its ``evaluate`` gives; returns ``proves``.

        Args:
            validator: Of what it goes into: numbers are written as its fields have them. None where they stay numbers.
        """
        schema = NO_SCHEMA if validator is None else validator.schema
        with self.writer.inside() as lines:
            made = self.value(value, Form(schema, schema).below(schema))
            bare = value.of if isinstance(value, Condition) else value
            if isinstance(bare, Leaf) and self.scope:
                raise Unfit
            result = self.writer.let(made.text)
        self.writer.place = value.pointer
        with self.writer.apart() as whole, self.writer.block(f"def {name}(scope):"):
            self.before()
            self.writer.add(lines)
            self.behind()
            is_null = made.absent == "None"
            self.writer.line(
                f"return MISSING if {result} is None else {result}" if is_null else f"return {result}"
            )
        if not is_python(whole):
            raise Unfit
        self.writer.add(whole)
        return self.proves

    def before(self) -> None:
        """Write what stands before the values: roots, and what is counted."""
        line = self.writer.line
        if self.reading.locals:
            line("roots = scope.roots")
        for root, local in self.reading.locals.items():
            line(f"{local} = roots.get({self.writer.literal(root)}, MISSING)")
            self.only_mapping(local)
        if self.reading.uses_defaults:
            line("used = []")
        if self.scope:
            line(f"{self.scope} = scope.apart()")
        if self.counts:
            line(f"left = {MAX_WORK}")

    def behind(self) -> None:
        """Write what stands behind the values: what was counted is the record's only where all went well."""
        if self.reading.uses_defaults:
            with self.writer.block("if used:"):
                self.writer.line("scope.defaults.update(used)")
        if self.scope:
            with self.writer.block(f"if {self.scope}.defaults:"):
                self.writer.line(f"scope.defaults.update({self.scope}.defaults)")

    def only_mapping(self, local: str) -> None:
        """Write that the interpreter takes the record where *local* must be a mapping and is none."""
        if local in self.reading.mappings:
            with self.writer.block(f"if type({local}) is not dict:"):
                self.writer.line("raise Slow")

    def value(self, value: Value, form: Form) -> Made:
        """Return the code of *value*, written for a field of *form*."""
        self.writer.place = value.pointer
        match value:
            case Constant():
                self.proves = self.proves and not form.is_judged
                return Made(self.writer.literal(written(value.value, form.schema, form.root)))
            case Leaf():
                return self.leaf(value, form)
            case Condition():
                return Made(self.condition(value), kind="truth")
            case Fields():
                return self.fields(value, form)
            case Entries():
                return self.entries(value, form)
            case When():
                return self.when(value, form)
            case Each():
                return self.each(value, form)
        raise TypeError(f"no code is written for {type(value).__name__}")

    def leaf(self, leaf: Leaf, form: Form) -> Made:
        """Return the code of a pipe or template; where it has none of its own, the interpreter's."""
        self.reading.exponents, self.reading.taken = leaf.exponents, leaf.taken
        before, self.reading.cost = self.reading.cost, 1
        try:
            with self.writer.apart() as lines:
                if isinstance(leaf.of, Pipe):
                    made = pipes.pipe(leaf.of, self.reading, as_money=form.is_money)
                else:
                    made = Expressions(leaf.of, self.reading).made()
            if self.reading.cost > MAX_LOOKS:
                raise Unfit
            self.writer.add(lines)
        except Unfit:
            made, self.reading.cost = self.interpreted(leaf), 0
        self.reading.cost += before
        return self.shaped(made, form)

    def shaped(self, made: Made, form: Form) -> Made:
        """Return *made* as it stands in a field of *form*."""
        if made.kind in ("amount", "number") and form.is_money:
            made = Made(f"written_number({made.text})", made.absent, "money")
        is_proved = made.kind == form.asked if form.asked else made.kind in TEXTS or not form.is_deep
        self.proves = self.proves and is_proved
        if made.kind in TEXTS:
            return made
        if form.is_deep:
            schema, root = self.writer.constant(form.schema), self.writer.constant(form.root)
            return Made(f"written_as({made.text}, {schema}, {root})", made.absent)
        return Made(f"written({made.text})", made.absent) if form.is_money else made

    def interpreted(self, leaf: Leaf) -> Made:
        """Return code by which the interpreter evaluates *leaf*."""
        if self.reading.record is not None:
            self.reading.record.is_used = True  # it reads what it finds there, as it stands
        scope = self.inner_scope()
        name = self.writer.let(f"{self.writer.constant(leaf, 'leaf')}.evaluate({scope})")
        if self.loops:
            self.count(f"1 + {scope}.budget.used")
        return Made(name, "MISSING")

    def inner_scope(self) -> str:
        """Return the Python name of the interpreter's scope here."""
        self.scope = self.scope or self.writer.name("s")
        for loop in self.loops:
            loop.scope = loop.scope or self.writer.name("s")
        return self.loops[-1].scope if self.loops else self.scope

    def count(self, cost: str) -> None:
        """Write that *cost* is taken from what loops may do; with too little left the interpreter takes the record."""
        self.counts = True
        self.writer.line(f"left -= {cost}")
        with self.writer.block("if left < 0:"):
            self.writer.line("raise Slow")

    def condition(self, condition: Condition) -> str:
        """Return the code of a condition."""
        made = self.value(condition.of, Form())
        return made.text if made.kind == "truth" else f"truth({made.text})"

    def fields(self, fields: Fields, form: Form) -> Made:
        """Return the code of a mapping; what stands before the first entry that may be left out is written at once."""
        made = [(name, value.pointer, self.value(value, form.of(name))) for name, value in fields.entries]
        first = next((at for at, (_, _, each) in enumerate(made) if each.absent), len(made))
        result = self.writer.name("d")
        self.writer.place = fields.pointer
        with self.writer.block(f"{result} = {{"):
            for name, self.writer.place, each in made[:first]:
                self.writer.line(f"{self.writer.literal(name)}: {each.text},")
        self.writer.line("}")
        for name, self.writer.place, each in made[first:]:
            self.put(each, f"{result}[{self.writer.literal(name)}] = ")
        return Made(result)

    def put(self, made: Made, before: str, behind: str = "") -> None:
        """Write a statement with what was made between *before* and *behind*, unless that is left out."""
        if not made.absent:
            self.writer.line(f"{before}{made.text}{behind}")
            return
        name = self.writer.let(made.text)
        with self.writer.block(f"if {name} is not {made.absent}:"):
            self.writer.line(f"{before}{name}{behind}")

    def entries(self, entries: Entries, form: Form) -> Made:
        """Return the code of a list."""
        result = self.writer.name("l")
        self.writer.line(f"{result} = []")
        for entry in entries.entries:
            if isinstance(entry, Each):
                self.writer.line(f"{result} += {self.each(entry, form).text}")
            else:
                self.put(self.value(entry, form.entry), f"{result}.append(", ")")
        return Made(result)

    def when(self, when: When, form: Form) -> Made:
        """Return the code of a value that may be left out."""
        test = self.condition(when.when)
        with self.writer.inside() as lines, self.reading.perhaps():
            made = self.value(when.then, form)
        result = self.writer.name()
        self.writer.line(f"{result} = MISSING")
        with self.writer.block(f"if {test}:"):
            self.writer.add(lines)
            self.put(made, f"{result} = ")
        return Made(result, "MISSING")

    def each(self, each: Each, form: Form) -> Made:
        """Return the code of a loop."""
        found = pipes.every(each.over, self.reading)
        over, entries = found or (self.value(each.over, Form()), None)
        rows = self.writer.let(f"rows_of({over.text}, {over.absent or 'MISSING'})")
        result = self.writer.name("l")
        loop = Loop(each.name, self.writer.name("i"))
        before, self.reading.cost = self.reading.cost, ENTRY_COST + 1
        self.reading.locals[each.name] = loop.local
        if entries is not None:
            self.reading.element(loop.local, entries)
        self.loops.append(loop)
        with self.writer.inside() as body:
            self.element(each, form, result)
        self.loops.pop()
        del self.reading.locals[each.name]
        self.writer.place = each.pointer
        self.count(f"{self.reading.cost} * len({rows})")
        self.reading.cost = before
        self.writer.line(f"{result} = []")
        with self.writer.block(f"for {loop.local} in {rows}:"):
            self.only_mapping(loop.local)
            if loop.scope:
                around = self.loops[-1].scope if self.loops else self.scope
                self.writer.line(
                    f"{loop.scope} = {around}.bind({self.writer.literal(loop.name)}, {loop.local})"
                )
            self.writer.add(body)
        return Made(result)

    def element(self, each: Each, form: Form, result: str) -> None:
        """Write what is done with one element."""
        if each.when is None:
            self.put(self.value(each.then, form.entry), f"{result}.append(", ")")
            return
        test = self.condition(each.when)
        with self.writer.block(f"if {test}:"), self.reading.perhaps():
            self.put(self.value(each.then, form.entry), f"{result}.append(", ")")
