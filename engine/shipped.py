"""Finds what ships with the engine: recipes, schemas and connectors.

In a wheel they lie in ``engine/_shipped`` beside this file; in a checkout (also an editable install) at the top level.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Kind = Literal["recipes", "schemas", "connectors"]
_HERE = Path(__file__).resolve().parent


def shipped(kind: Kind) -> Path:
    """Return the folder of the shipped *kind*; it exists.

    Raises:
        FileNotFoundError: the installation is not whole.
    """
    if kind == "connectors":
        return _HERE / "connectors"
    for folder in (_HERE / "_shipped" / kind, _HERE.parent / kind):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the installation lacks its folder of {kind}: install recipe-engine again")
