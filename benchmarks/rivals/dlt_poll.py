"""The poll with dlt: its REST client and paginator, the hand-written map, its file destination with JSON Lines.

    python dlt_poll.py ADDRESS FOLDER

Nested lists stay in their document (`max_table_nesting=0`), pages are handed over whole, as dlt's page on performance
advises, and the files are not compressed. Nothing is validated beyond dlt's own schema.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[2])
os.environ |= {
    "DLT_DATA_DIR": str(FOLDER / "dlt"),
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
}
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import dlt
from by_hand import invoice
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator


@dlt.resource(name="invoices", max_table_nesting=0, write_disposition="append", primary_key="number")
def invoices() -> Iterator[list[dict[str, Any]]]:
    """Give the invoices of each page."""
    pages = JSONResponseCursorPaginator(cursor_path="next", cursor_param="after")
    client = RESTClient(sys.argv[1], paginator=pages, data_selector="orders")
    for page in client.paginate("/orders", params={"limit": 250}):
        yield [invoice(order) for order in page]


def main() -> None:
    """Run the pipeline."""
    destination = dlt.destinations.filesystem(bucket_url=(FOLDER / "out").as_uri())
    pipeline = dlt.pipeline("poll", destination=destination, dataset_name="books", pipelines_dir=str(FOLDER))
    pipeline.run(invoices(), loader_file_format="jsonl").raise_on_failed_jobs()


if __name__ == "__main__":
    main()
