"""Records that a person hands over in a file: looked through before anything begins, then read as the run goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.errors import UsageError
from engine.recipe import Recipe
from engine.tables import BadTable, Form, form_of, rows
from engine.tables.spoken import for_command, options_of
from engine.triggers import Incoming, incoming

KEPT: Final = 1000
"""Records that are kept from the first look; a file with more is read again."""


@dataclass(frozen=True, slots=True)
class Handed:
    """The records of a file that is larger than what is kept: each time anew, one at a time.

    Attributes:
        shown: The file as the user names it.
    """

    shown: str
    path: Path
    form: Form

    def __iter__(self) -> Iterator[Incoming]:
        """Yield the records.

        Raises:
            UsageError: the file cannot be read to its end; records before that have been given.
        """
        try:
            for row in rows(self.path, self.form):
                yield incoming(row._replace(help=for_command(row.help)), self.path)
        except BadTable as error:
            raise UsageError(
                f"--record {self.shown}: {error.message}", help=for_command(error.help)
            ) from error


def handed(recipe: Recipe, file: str | None, options: Sequence[str], here: Path) -> Iterable[Incoming] | None:
    """Return the records in *file*, each with what keeps it from being read; None where none is named.

    The file is read to its end here, so that one that cannot be is refused before anything is done.

    Args:
        file: As the user names it, seen from the folder *here*.
        options: How it is written, ``NAME=VALUE``.

    Raises:
        UsageError: the recipe takes none, the file cannot be read, or holds no record.
    """
    if file is None:
        if options:
            raise UsageError(
                "--record-option says how the file of --record is written", help="add --record FILE"
            )
        return None
    if recipe.trigger.kind != "manual":
        raise UsageError(
            f"--record hands a record to a recipe whose trigger is manual; {recipe.name} has {recipe.trigger.kind}",
            help="leave --record out",
        )
    path = here / file
    if path.is_dir():
        raise UsageError(f"--record {file} is a folder, and a file is wanted", help="name one of its files")
    try:
        form = replace(form_of(path, **options_of(options)), takes_one=True)
    except BadTable as error:
        raise UsageError(f"--record {file}: {error.message}", help=for_command(error.help)) from error
    whole = Handed(file, path, form)
    kept: list[Incoming] = []
    for each in whole:
        if len(kept) <= KEPT:
            kept.append(each)
    if not kept:
        raise UsageError(f"--record {file} holds no record", help="hand over a file with one record or more")
    return kept if len(kept) <= KEPT else whole
