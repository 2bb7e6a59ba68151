"""Markdown as HTML for a mail. What is HTML already is shown as it is written, and nothing is loaded from elsewhere."""

from __future__ import annotations

from functools import lru_cache

from markdown_it import MarkdownIt


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    # Raw HTML is text. No picture: reading one from a server would tell it who reads, and texts come from records.
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def as_html(text: str) -> str:
    """Return *text* as a whole document of HTML."""
    body = _reader().render(text)
    return f'<!doctype html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n{body}</body>\n</html>\n'
