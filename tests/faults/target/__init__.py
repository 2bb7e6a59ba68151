"""A target of effects that misbehaves as it is told, and counts what it truly committed."""

from tests.faults.target.client import Target

__all__ = ["Target"]
