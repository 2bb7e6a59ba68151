"""``alert.send`` and ``log.write``: told once, never holding a record up, and not again where a run died telling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import LedgerError
from engine.ledger import EffectState
from engine.log import FileLog
from engine.report import summary
from tests.project import Project

A = {"id": "a", "text": "one"}
ALERT = "  - {id: told, uses: alert.send, with: {message: 'see {{ record.text }}'}}\n"
LINE = "  - {id: line, uses: log.write, with: {message: $.text}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.recipe(ALERT + LINE)
    return made


def told(project: Project, event: str) -> list[dict[str, Any]]:
    lines = project.text(".recipe/log.jsonl").splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == event]


def test_a_channel_and_the_log_are_told_of_a_record_once(project: Project) -> None:
    report = project.run(A)
    project.run(A)
    assert [(each["channel"], each["message"], each["key"]) for each in told(project, "alert")] == [
        ("finance", "see one", '["a"]')
    ]
    assert [each["message"] for each in told(project, "message")] == ["one"]
    assert "created 2 (alerts 1, log lines 1)" in summary(report.as_data())


def test_the_channel_that_is_named_is_told(project: Project) -> None:
    project.recipe("  - {id: told, uses: alert.send, with: {message: hello, channel: ops}}\n")
    project.run(A)
    assert [each["channel"] for each in told(project, "alert")] == ["ops"]


def test_a_record_that_changed_is_told_of_anew_and_goes_on(project: Project) -> None:
    project.run(A)
    report = project.run({**A, "text": "two"})
    assert (report.done, report.parked) == (1, 0)
    assert [each["message"] for each in told(project, "alert")] == ["see one", "see two"]


def test_a_record_that_changed_elsewhere_only_is_not_told_of_again(project: Project) -> None:
    project.run(A)
    report = project.run({**A, "other": 1})
    assert report.stood == {"alerts": 1, "log lines": 1}
    assert len(told(project, "alert")) == 1


def test_what_a_run_died_telling_is_not_told_again_and_listed_as_uncertain(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = FileLog.event

    def event(self: FileLog, name: str, **fields: Any) -> None:
        if name == "alert":
            raise LedgerError("the disk is gone")
        plain(self, name, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(FileLog, "event", event)
        assert project.run(A).outcome == "stopped"
    assert project.run(A).outcome == "done"
    assert told(project, "alert") == []
    assert [effect.state for effect in project.effects()] == [EffectState.UNCERTAIN, EffectState.DONE]
    project.run({**A, "other": 1})
    assert told(project, "alert") == []


def test_an_empty_message_is_that_records_error(project: Project) -> None:
    assert project.run({"id": "a", "text": ""}).failed == 1
    assert told(project, "message") == []
