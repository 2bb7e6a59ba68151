"""``cost``: each request has a cost in points, taken from a bucket that fills again at a steady rate."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.paths import RECORD, Path, compile_path

MILLISECOND: Final = Decimal("0.001")
LONGEST: Final = Decimal(1_000_000)
"""Nobody waits longer, and a rate of nearly nothing gives no number beyond all bounds."""


class Params(BaseModel):
    """Settings of ``throttle: {kind: cost}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requested: str = Field(
        pattern="^[$]",
        description="Path of the cost that the request was let through or refused by.",
        examples=["$.extensions.cost.requestedQueryCost"],
    )
    available: str = Field(
        pattern="^[$]",
        description="Path of the points that are left.",
        examples=["$.extensions.cost.throttleStatus.currentlyAvailable"],
    )
    restore: str = Field(
        pattern="^[$]",
        description="Path of the points that come back each second.",
        examples=["$.extensions.cost.throttleStatus.restoreRate"],
    )


class CostThrottle:
    """Waits until the bucket holds the cost of the last request again."""

    def __init__(self, params: Params) -> None:
        self._paths = [compile_path(each) for each in (params.requested, params.available, params.restore)]

    def wait(self, data: Any) -> float | None:
        requested, available, restore = (_number(path, data) for path in self._paths)
        if requested is None or available is None or restore is None or restore <= 0:
            return None
        if requested <= available:
            return 0.0
        seconds = min((requested - available) / restore, LONGEST)
        return float(seconds.quantize(MILLISECOND, ROUND_CEILING))


def _number(path: Path, data: Any) -> Decimal | None:
    value = path.select({RECORD: data})
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


DECLARATION = Declaration(
    "cost",
    "Each request costs points of a bucket that fills again: (requested - available) / restore seconds are waited.",
    CostThrottle,
    Params,
)
