"""The recipe engine: checks YAML recipes and runs each record of them exactly once."""

from __future__ import annotations

__all__ = ["__version__"]
__version__ = "0.1.0"
