"""Mail: the one door to SMTP, and what stands in its place on samples.

A target like any other: the stored request is the document that a recipe wrote, with the effect's key in it; the answer
is a status with JSON. What becomes of a message whose answer was lost is the engine's to say: none is sent twice.
"""

from __future__ import annotations

from engine.smtp.drop import Drop
from engine.smtp.message import sender
from engine.smtp.transport import Server, Smtp

__all__ = ["Drop", "Server", "Smtp", "sender"]
