"""When garbage is looked for."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def unhurried(allocations: int) -> Iterator[None]:
    """Look for garbage that reference counts leave less often meanwhile, and not in what is there already.

    What makes much that stays, or that goes by itself, spends a sixth to a third of its time with looking.

    Args:
        allocations: How many more objects than before there are when it is looked for next.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(allocations, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
