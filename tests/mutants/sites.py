"""Small wrong changes of a module's text: what a slip of the pen would make of it.

A mutant replaces one stretch of the text, so the rest keeps its form and its diff shows one thing. Left alone is what
no test should hold to the letter (messages, docstrings), what a type checker holds (annotations), and constants of the
module that are declared ``Final``.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
SUMS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
WORDING = frozenset("help message cure what about summary description example examples".split())
"""Names that hold wording: what is assigned to them, or given under them, is read by people alone."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change.

    Attributes:
        path: The module's file, relative to the project.
        kind: What kind of change it is, such as ``compare``.
        start: Offset of the changed stretch in the module's bytes.
        end: Its end.
        new: What stands there instead.
        lines: The lines that run when the stretch does; empty for what runs when the module is imported.
    """

    path: str
    kind: str
    start: int
    end: int
    new: str
    lines: tuple[int, ...]

    def applied(self, text: str) -> str:
        """Return the module's *text* with the change in it."""
        content = text.encode()
        return (content[: self.start] + self.new.encode() + content[self.end :]).decode()

    def line(self, text: str) -> int:
        """Return the line, from 1, at which the change begins in *text*."""
        return text.encode()[: self.start].count(b"\n") + 1

    def changed(self, text: str) -> tuple[str, str]:
        """Return the changed lines of *text* before and after, without indentation."""
        diff = list(difflib.ndiff(text.splitlines(), self.applied(text).splitlines()))
        sides = ["\n".join(line[2:].strip() for line in diff if line.startswith(sign)) for sign in "-+"]
        return sides[0], sides[1]

    def diff(self, text: str) -> str:
        """Return the change as a unified diff."""
        before, after = (each.splitlines(keepends=True) for each in (text, self.applied(text)))
        return "".join(difflib.unified_diff(before, after, self.path, f"{self.path} ({self.kind})", n=2))


def mutants(path: str, text: str) -> list[Mutant]:
    """Return every mutant of the module at *path* with *text*, in the order of their places; each is Python."""
    found = _Finder(path, text)
    found.body(ast.parse(text), ())
    unique = {(m.start, m.end, m.new): m for m in found.mutants}
    return [m for _, m in sorted(unique.items()) if _is_python(m.applied(text))]


def _is_python(text: str) -> bool:
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


class _Finder:
    """Walks a tree and notes what can be changed."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.content = path, text.encode()
        self.starts = [0]
        for line in self.content.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.mutants: list[Mutant] = []

    def span(self, node: Any) -> tuple[int, int]:
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def add(self, kind: str, node: Any, new: str, runs: tuple[int, ...]) -> None:
        start, end = self.span(node)
        if self.content[start:end].decode() != new:
            self.mutants.append(Mutant(self.path, kind, start, end, new, runs))

    def body(self, node: Any, runs: tuple[int, ...]) -> None:
        """Go through the statements of a module, class, function or branch."""
        for name in ("body", "orelse", "finalbody"):
            for statement in getattr(node, name, ()):
                self.statement(statement, runs)
        for each in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]:
            if isinstance(each, ast.match_case):
                self.expression(each.pattern, runs and (each.pattern.lineno,))
                self.expression(each.guard, runs and (each.pattern.lineno,))
            self.body(each, runs)

    def statement(self, node: ast.stmt, inside: tuple[int, ...]) -> None:
        if _is_left_alone(node):
            return
        if isinstance(node, FUNCTIONS):
            self.function(node)
            return
        if isinstance(node, ast.ClassDef):
            self.body(node, ())
            return
        runs = inside and tuple(range(node.lineno, _head_end(node) + 1))
        match node:
            case ast.Return(value=ast.expr() as value) if not _is_none(value):
                self.add("return", value, "None", runs)
            case ast.If() if not isinstance(node.test, ast.Constant):
                self.add("branch", node.test, "False", runs)
            case ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Delete() | ast.Expr():
                self.add("drop", node, "pass", runs)
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                self.add("drop", node, "pass", runs)
        wording = isinstance(node, ast.Raise) or _names(node) & WORDING != set()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and child is not getattr(node, "annotation", None):
                self.expression(child, runs, wording)
            elif isinstance(child, ast.withitem):
                self.expression(child.context_expr, runs)
        self.body(node, inside)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            self.expression(default, ())
        inside = (node.lineno,)
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if body and not isinstance(body[0], (ast.Return, ast.Raise, ast.Pass)) and not _is_none(_only(body)):
            start, _ = self.span(body[0])
            runs = tuple(range(body[0].lineno, _head_end(body[0]) + 1))
            indent = " " * body[0].col_offset
            if not isinstance(body[0], (*FUNCTIONS, ast.ClassDef)):
                self.mutants.append(Mutant(self.path, "early", start, start, f"return None\n{indent}", runs))
        self.body(node, inside)

    def expression(self, node: Any, runs: tuple[int, ...], wording: bool = False) -> None:
        """Note the changes of an expression or pattern, then of its parts."""
        if node is None or isinstance(node, (ast.JoinedStr, ast.Lambda)):
            # The places in an f-string are wrong before Python 3.12; it holds wording anyhow.
            if isinstance(node, ast.Lambda):
                self.expression(node.body, runs, wording)
            return
        for kind, new in _changes(node, wording):
            self.add(kind, node, new, runs)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            for new in _slices(node.slice):
                self.add("slice", node.slice, new, runs)
        if isinstance(node, ast.Call) and _swaps(node) and not wording:
            first, second = node.args[:2]
            start, end = self.span(first)[0], self.span(second)[1]
            new = f"{ast.unparse(second)}, {ast.unparse(first)}"
            self.mutants.append(Mutant(self.path, "swap", start, end, new, runs))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.keyword):
                self.expression(child.value, runs, wording or child.arg in WORDING)
            elif isinstance(child, ast.comprehension):
                for part in (child.iter, *child.ifs):
                    self.expression(part, runs, wording)
            elif isinstance(child, (ast.expr, ast.pattern)):
                self.expression(child, runs, wording)


def _changes(node: ast.AST, wording: bool) -> Iterator[tuple[str, str]]:
    """Yield kind and new text of the changes of one expression as a whole."""
    match node:
        case ast.Compare(ops=[op]):
            for other in COMPARISONS[type(op)]:
                yield "compare", ast.unparse(ast.Compare(node.left, [other()], node.comparators))
        case ast.Compare():
            for at, op in enumerate(node.ops):
                ops = [*node.ops[:at], COMPARISONS[type(op)][0](), *node.ops[at + 1 :]]
                yield "compare", ast.unparse(ast.Compare(node.left, ops, node.comparators))
        case ast.BoolOp():
            other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and/or", f"({ast.unparse(ast.BoolOp(other_op, node.values))})"
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield "not" if isinstance(node.op, ast.Not) else "sign", f"({ast.unparse(operand)})"
        case ast.BinOp(op=op) if type(op) in SUMS and not _is_text(node.left) and not _is_text(node.right):
            yield "sum", f"({ast.unparse(ast.BinOp(node.left, SUMS[type(op)](), node.right))})"
        case ast.Constant(value=bool() as value):
            yield "constant", str(not value)
        case ast.Constant(value=int() as value):
            yield "constant", str(value + 1)
            yield "constant", str(value - 1) if value else "(-1)"
        case ast.Constant(value=str() as value) if not wording and " " not in value:
            yield "constant", "''" if value else "'x'"


def _slices(node: ast.Slice) -> Iterator[str]:
    lower, upper = (ast.unparse(each) if each else "" for each in (node.lower, node.upper))
    step = f":{ast.unparse(node.step)}" if node.step else ""
    yield f"{f'({lower}) + 1' if lower else 1}:{upper}{step}"
    yield f"{lower}:{f'({upper}) - 1' if upper else -1}{step}"


def _swaps(call: ast.Call) -> bool:
    if len(call.args) < 2 or any(isinstance(arg, ast.Starred) for arg in call.args[:2]):
        return False
    named = call.func.id if isinstance(call.func, ast.Name) else ""
    same = ast.dump(call.args[0]) == ast.dump(call.args[1])
    return not same and named not in ("isinstance", "getattr", "hasattr", "cast")


def _names(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    flat = [name for target in targets for name in ast.walk(target)]
    return {name.id for name in flat if isinstance(name, ast.Name)}


def _head_end(node: ast.stmt) -> int:
    """Return the last line of what runs at once: of an ``if`` its condition, of a plain statement all of it."""
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not isinstance(body, list):
        return node.end_lineno or node.lineno
    first = body[0].pattern.lineno if isinstance(body[0], ast.match_case) else body[0].lineno
    return int(max(node.lineno, first - 1))


def _only(body: list[ast.stmt]) -> ast.AST | None:
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else ast.Constant(0)


def _is_none(node: ast.AST | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value in (None, ...))


def _is_left_alone(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Expr(value=ast.Constant()):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="Final") | ast.Subscript(value=ast.Name(id="Final"))):
            return True
        case (
            ast.Assign(targets=[ast.Name(id="__slots__" | "__all__")])
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
        ):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError"))):
            return True  # says that a line is never reached
    return False


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, (ast.JoinedStr, ast.List, ast.Tuple)) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
