"""What holds of each connector that ships: what it writes can be repeated, and which account it writes to is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import pytest

from engine import source
from engine.connector import Connector, Operation
from engine.connector_file import judged, load
from engine.policy import NO_IDEMPOTENCY
from engine.registry import Registry
from engine.shipped import shipped

FILES: Final = sorted(shipped("connectors").glob("*/connector.yaml"))
EFFECTS: Final = {"read", "create", "update", "upsert", "delete", "notify"}
each_file = pytest.mark.parametrize("file", FILES, ids=[file.parent.name for file in FILES])


def data_of(file: Path) -> Mapping[str, Any]:
    data: Mapping[str, Any] = source.read(file.read_text("utf-8"), file.name).data
    return data


def connector_of(file: Path) -> Connector:
    return load(file.parent.name, Registry())


def lists(connector: Connector) -> list[Operation]:
    return [each for each in connector.operations.values() if each.records is not None and not each.writes]


@each_file
def test_each_operation_says_what_it_does_and_each_write_what_makes_a_repeat_of_it_safe(file: Path) -> None:
    for name, operation in data_of(file)["operations"].items():
        assert operation["effect"] in EFFECTS, name
        said = operation.get("idempotency")
        if operation["effect"] == "read" or "by" in operation:
            assert said is None, f"{name} reads, or is carried out by what says it"
            continue
        assert said is not None, f"{name} says nothing of repeats: a native key, find, or none said aloud"
        if said != "none":
            assert set(said) & {"header", "query", "body", "find"}, name


@each_file
def test_what_is_looked_up_says_from_when_its_absence_counts(file: Path) -> None:
    for name, operation in data_of(file)["operations"].items():
        said = operation.get("idempotency", "none")
        if said != "none" and "find" in said:
            assert said["find"]["settles_after"], name


@each_file
def test_a_connector_that_writes_says_which_settings_are_the_account(file: Path) -> None:
    connector = connector_of(file)
    if any(each.writes for each in connector.operations.values()):
        assert connector.identity
    for name in connector.identity:
        assert not connector.settings[name].secret


@each_file
def test_what_is_said_and_what_is_read_agree(file: Path) -> None:
    """``none`` said aloud is what the engine goes by, and so is a key or a lookup."""
    for name, operation in connector_of(file).operations.items():
        said = data_of(file)["operations"][name].get("idempotency", "none")
        assert (operation.idempotency == NO_IDEMPOTENCY) == (said == "none"), name


@each_file
def test_nothing_is_wrong_with_its_schemas_and_settings(file: Path) -> None:
    """Which each run leaves to this test, for what ships."""
    registry = Registry()
    assert judged(load(file.parent.name, registry), registry) == []


@each_file
def test_each_file_of_a_sample_is_served_for_an_operation_and_by_parameters_that_it_has(file: Path) -> None:
    connector = connector_of(file)
    for sample in sorted(file.parent.glob("samples/*/*.json")):
        name, _, asks = sample.stem.partition("@")
        operation = connector.operations[name]
        assert not operation.writes, sample
        sent = {param.sent or each for each, param in operation.params.items()} | set(operation.query)
        assert {each for each, _ in parse_qsl(asks, strict_parsing=bool(asks))} <= sent, sample
