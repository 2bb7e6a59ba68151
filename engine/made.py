"""What the actions of one record made."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.actions import How


@dataclass(slots=True)
class Made:
    """What one record's actions did.

    Attributes:
        now: Actions whose effect was made, in order.
        before: Actions whose effect stood already.
        changed: Actions whose effect was brought to what the record says now.
        kept: Actions whose effect stands otherwise than the recipe asks for now.
        asked: Keys of all of them, and of those that failed.
        continued: How many actions failed where the recipe says to go on.
    """

    now: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    continued: int = 0

    def count(self, how: How, name: str) -> None:
        """Note that an effect, counted under *name*, was made or stood as *how* says."""
        kept = {How.MADE: self.now, How.CHANGED: self.changed, How.STOOD: self.before, How.KEPT: self.kept}
        kept[how].append(name)
