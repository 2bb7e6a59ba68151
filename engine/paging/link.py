"""``link``: the next page's address stands in the Link header with ``rel="next"`` (RFC 8288)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode, urljoin

from pydantic import BaseModel, ConfigDict, Field

from engine.declare import Declaration
from engine.errors import Refused
from engine.paging import Page
from engine.wire import Answer, Request

LINK: Final = re.compile(r"<([^<>]*)>((?:\s*;\s*[A-Za-z*-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
REL: Final = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


class Params(BaseModel):
    """Settings of ``paging: {kind: link}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: str = Field(
        default="limit", description="Query parameter that holds a page's size.", examples=["limit"]
    )


class LinkPaging:
    """Follows ``rel="next"`` until an answer has none."""

    def __init__(self, params: Params) -> None:
        self._size = params.size

    def next(self, request: Request, answer: Answer, records: Sequence[Any]) -> Request | None:
        for address, attributes in LINK.findall(answer.headers.get("link", "")):
            rel = REL.search(attributes)
            if rel and "next" in (rel.group(1) or rel.group(2)).lower().split():
                try:
                    return replace(request, url=urljoin(answer.url or request.url, address))
                except ValueError as error:
                    raise Refused("the link to the next page leads to no address", left=True) from error
        return None

    def page(self, records: Sequence[Any], asked: Mapping[str, Any], url: str) -> Page:
        # Shopify allows only `limit` and `fields` beside page_info: the cursor remembers the filters.
        size = max(1, int(asked.get(self._size, "50")))
        start = int(base64.urlsafe_b64decode(asked["page_info"])) if "page_info" in asked else 0
        end = start + size
        if end >= len(records):
            return Page(records[start:end])
        cursor = base64.urlsafe_b64encode(str(end).encode()).decode()
        target = f"{url}?{urlencode({self._size: size, 'page_info': cursor})}"
        return Page(records[start:end], {"Link": f'<{target}>; rel="next"'})


DECLARATION = Declaration(
    "link", 'The Link header of an answer gives the next page with rel="next".', LinkPaging, Params
)
