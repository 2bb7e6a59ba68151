"""``docs/connectors.md``: its connector is right, and its words are those of the connector's shape."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.connector_file import load
from engine.registry import Registry

pytestmark = pytest.mark.source_tree

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "connectors.md").read_text("utf-8")


def test_the_connector_on_the_page_is_right(tmp_path: Path) -> None:
    [text] = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "connector.yaml").write_text(text, encoding="utf-8")
    operation = load("parts", Registry(connectors=[tmp_path])).operations["orders.query"]
    assert operation.graphql is not None
    assert operation.graphql.filled({"page_size": 20, "since": "2026-11-01"}) == {
        "first": 20,
        "filter": "updated_at:>='2026-11-01'",
    }


def test_every_heading_is_a_word_of_a_connectors_file() -> None:
    shape = Registry().shape("connector")
    words = {*shape["properties"], *shape["properties"]["operations"]["additionalProperties"]["properties"]}
    assert set(re.findall(r"^## ([a-z]+)$", PAGE, re.MULTILINE)) <= words


LISTS = re.findall(r"^```text\n((?:limits:\n)?[ ]*- [{]name: .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", LISTS)
def test_the_limits_on_the_page_are_right(text: str, tmp_path: Path) -> None:
    operations = ["orders.list", "records.search"]
    entries = text if text.startswith("limits:") else f"limits:\n{text}"
    named = iter("abcdefghijkl")
    entries = re.sub(r"[{]name: [a-z-]+", lambda _: f"{{name: {next(named)}", entries)
    lines = [f"  {name}: {{effect: read, summary: All., path: /all, records: $.all}}" for name in operations]
    head = (
        "connector: parts\nversion: 1\nsummary: Parts.\nbase_url: https://parts.example\nidentity: [shop]\n"
    )
    setting = "settings: {shop: {type: string, description: Which.}}\n"
    (tmp_path / "parts").mkdir()
    whole = head + setting + entries + "operations:\n" + "\n".join(lines) + "\n"
    (tmp_path / "parts" / "connector.yaml").write_text(whole, encoding="utf-8")
    made = load("parts", Registry(connectors=[tmp_path])).limits
    assert (len(LISTS), len(made) >= 3) == (2, True)
    for limit in made:
        declared = Registry().declaration("limits", limit.kind)
        assert declared.run(declared.params.model_validate(limit.settings)).limit > 0
