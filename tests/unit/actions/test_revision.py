"""A record that changed after its document was made: what the recipe says happens to the document, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from engine.actions.context import How
from engine.actions.revision import Parked
from engine.errors import ConnectionFailed, RecordError
from engine.ledger import EffectState
from engine.ledger.sqlite import SqliteLedger
from engine.policy import NO_IDEMPOTENCY
from engine.wire import Answer, NoAnswer
from tests.unit.actions.writes import KEY, KEYED, MADE, UPDATE, VOID, Account, do, row

LOST: Final = NoAnswer("lost", left=True)
REFUSED: Final = Answer(422, {}, b"{}")
AGAIN: Final = Answer(201, {}, b'{"id":"inv-2"}')

update = partial(do, update=UPDATE, void=VOID, on_revision="update")
reissue = partial(update, on_revision="reissue")


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An account in which the document of a record stands, with the amount 1."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    made = Account(ledger, MADE)
    do(made, 1)
    yield made
    ledger.close()


def will(account: Account, *answers: Answer | Exception) -> None:
    account.answers += answers


# ---- which change of a request is a change of the record ----


def test_where_a_recipe_says_nothing_a_document_is_updated_if_its_target_can(account: Account) -> None:
    will(account, MADE)
    assert update(account, 2, on_revision="")[1] is How.CHANGED
    assert account.asks[1:] == ["PUT /invoices/inv-1 2"]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Account]:
    """An account in which the document of a record's revision 2 stands, with the amount 2."""
    ledger = SqliteLedger(tmp_path / "second.db")
    made = Account(ledger, MADE)
    do(made, 2, revision="2", source="shop")
    yield made
    ledger.close()


@pytest.mark.parametrize("chosen", ["", "update", "reissue", "park"])
@pytest.mark.parametrize("revision", ["1", "2"], ids=["earlier", "the same"])
def test_what_was_made_of_a_record_is_kept_unless_the_record_is_a_later_one(
    revision: str, chosen: Any, second: Account
) -> None:
    assert update(second, 7, revision=revision, on_revision=chosen) == ({"id": "inv-1"}, How.KEPT)
    assert len(second.sent) == 1
    will(second, MADE, AGAIN)
    if chosen in ("", "update"):
        assert update(second, 7, revision="3", on_revision=chosen)[1] is How.CHANGED


def test_what_a_recipe_made_before_it_was_edited_is_changed_where_that_is_asked_for(second: Account) -> None:
    will(second, MADE)
    assert update(second, 7, revision="1", remaps=True)[1] is How.KEPT
    assert update(second, 7, revision="2", remaps=True)[1] is How.CHANGED
    assert update(second, 7, revision="2", remaps=True)[1] is How.STOOD
    assert second.asks[1:] == ["PUT /invoices/inv-1 7"]


def test_without_revisions_other_content_is_a_later_one(account: Account) -> None:
    will(account, MADE)
    assert update(account, 2, digest="1")[1] is How.KEPT
    assert update(account, 2, digest="2")[1] is How.CHANGED


def test_a_revision_between_the_one_that_made_it_and_one_that_wanted_the_same_is_an_earlier_one(
    second: Account,
) -> None:
    assert update(second, 2, revision="4")[1] is How.STOOD
    assert update(second, 7, revision="3")[1] is How.KEPT


def test_the_key_of_another_accounts_record_is_refused_also_where_it_asks_for_the_same(
    second: Account,
) -> None:
    for amount in (2, 3):
        with pytest.raises(RecordError, match="was made from a record of shop with this key") as error:
            update(second, amount, revision="3", source="other")
        assert error.value.code == "X303"
    assert update(second, 2, revision="3", source="")[1] is How.STOOD


def test_a_request_that_was_refused_holds_no_key_for_its_account(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    account = Account(ledger, REFUSED, MADE)
    with pytest.raises(RecordError):
        do(account, 1, source="shop")
    assert do(account, 1, source="other")[1] is How.MADE
    ledger.close()


def test_a_document_that_several_records_share_follows_the_latest_of_them(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    account = Account(ledger, MADE, MADE)
    first, later, earlier = "2026-04-02T10:00:00Z", "2026-04-02T12:00:00+01:00", "2026-04-02T10:30:00+02:00"
    do(account, 2, revision=first)
    other = partial(update, record='["9"]', is_shared=True, source="other")
    assert (
        other(account, 7)[1] is How.KEPT
    )  # without a revision nobody knows which of two orders knows better
    assert other(account, 7, revision=earlier)[1] is How.KEPT
    assert other(account, 7, revision=later)[1] is How.CHANGED
    assert update(account, 2, revision=first)[1] is How.KEPT
    ledger.close()


def test_numbers_that_count_the_edits_of_one_record_say_nothing_of_another_one(second: Account) -> None:
    other = partial(update, record='["9"]', is_shared=True)
    assert other(second, 7, revision="1")[1] is How.KEPT
    assert other(second, 7, revision="9")[1] is How.KEPT


def test_of_what_an_older_ledger_noted_nobody_knows_what_it_was_made_from(account: Account) -> None:
    account.put(replace(row(account), record_digest="", record_revision=""))
    with pytest.raises(Parked, match="the record changed after"):
        update(account, 2, on_revision="")
    will(account, MADE)
    assert update(account, 2)[1] is How.CHANGED


# ---- update ----


def test_where_the_target_can_a_document_is_brought_to_what_its_record_says_now(account: Account) -> None:
    will(account, MADE)
    assert update(account, 2) == ({"id": "inv-1"}, How.CHANGED)
    assert update(account, 2) == ({"id": "inv-1"}, How.STOOD)
    assert account.asks == ["POST /invoices 1", "PUT /invoices/inv-1 2"]


def test_each_change_is_a_request_of_its_own_also_one_back_to_what_it_was(account: Account) -> None:
    for amount in (2, 1, 2):
        will(account, MADE)
        assert update(account, amount)[1] is How.CHANGED
    assert account.asks[1:] == [f"PUT /invoices/inv-1 {amount}" for amount in (2, 1, 2)]
    assert len({*account.keys}) == 4


def test_a_change_whose_answer_was_lost_is_settled_before_the_next_one(account: Account) -> None:
    will(account, LOST, MADE, MADE)
    with pytest.raises(ConnectionFailed):
        update(account, 2)
    assert update(account, 1) == ({"id": "inv-1"}, How.CHANGED)
    assert account.asks[1:] == [f"PUT /invoices/inv-1 {amount}" for amount in (2, 2, 1)]
    assert account.sent[1] == account.sent[2]


def test_a_change_that_was_made_but_not_yet_noted_is_not_made_again(account: Account) -> None:
    before = row(account)
    will(account, MADE)
    update(account, 2)
    account.put(before)  # as after a kill between the two commits
    assert update(account, 2) == ({"id": "inv-1"}, How.CHANGED)
    assert len(account.sent) == 2


def test_a_change_that_the_target_refuses_fails_the_record_and_what_stands_is_remembered(
    account: Account,
) -> None:
    will(account, REFUSED)
    with pytest.raises(RecordError, match="answered 422"):
        update(account, 2)
    assert update(account, 1) == ({"id": "inv-1"}, How.STOOD)
    will(account, MADE)
    assert update(account, 3)[1] is How.CHANGED
    assert account.asks[1:] == ["PUT /invoices/inv-1 2", "PUT /invoices/inv-1 3"]


def test_a_change_that_is_left_to_a_person_holds_up_all_later_ones(account: Account) -> None:
    keyless = partial(update, update=replace(UPDATE, idempotency=NO_IDEMPOTENCY))
    will(account, LOST)
    with pytest.raises(ConnectionFailed):
        keyless(account, 2)
    for amount in (2, 3, 1):
        with pytest.raises(Parked, match="cannot say if it came"):
            keyless(account, amount)
    assert len(account.sent) == 2


def test_what_sets_a_thing_to_what_is_given_is_sent_again(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    upsert = replace(KEYED, name="customers.upsert", effect="upsert")
    account = Account(ledger, MADE, MADE)
    do(account, 1, upsert)
    own: Any = partial(do, operation=upsert, is_own=True, on_revision="update")
    assert own(account, 2)[1] is How.CHANGED
    assert account.asks == ["POST /invoices 1", "POST /invoices 2"]
    ledger.close()


def test_a_document_whose_id_the_target_did_not_give_waits_for_a_person(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    account = Account(ledger, Answer(204))
    do(account, 1)
    with pytest.raises(Parked, match="the record changed after"):
        update(account, 2)
    ledger.close()


def test_a_change_whose_repeat_is_refused_is_left_to_a_person_since_the_first_request_may_have_made_it(
    account: Account,
) -> None:
    will(account, LOST, REFUSED)
    with pytest.raises(ConnectionFailed):
        update(account, 2)
    for amount in (2, 1):
        with pytest.raises(Parked, match="sent again after its answer was lost, and was refused"):
            update(account, amount)
    assert len(account.sent) == 3


def test_a_change_of_what_an_earlier_ledger_made_waits_for_a_person(account: Account) -> None:
    account.put(replace(row(account), attempts=0))
    with pytest.raises(Parked, match="the record changed after"):
        update(account, 2)
    assert update(account, 1)[1] is How.STOOD


def test_what_this_ledger_made_in_an_adopted_account_is_changed_as_anywhere(account: Account) -> None:
    account.is_adopted = True
    will(account, MADE)
    keyless = partial(update, update=replace(UPDATE, idempotency=NO_IDEMPOTENCY))
    assert keyless(account, 2)[1] is How.CHANGED


def test_a_change_that_a_person_confirmed_keeps_what_is_known_of_the_document(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    account = Account(ledger, Answer(201, {}, b'{"id":"inv-1","name":"Ada"}'), LOST)
    do(account, 1)
    with pytest.raises(ConnectionFailed):
        update(account, 2)
    link = ledger.effect(KEY.revised(1).text)
    assert link is not None
    confirmed = replace(
        link, state=EffectState.DONE, remote_id="inv-1", answer=b'{"id":"inv-1"}', looked_up=1
    )
    account.put(confirmed)
    assert update(account, 2) == ({"id": "inv-1", "name": "Ada"}, How.CHANGED)
    ledger.close()


def test_what_was_told_is_told_and_holds_up_nothing(account: Account) -> None:
    message = replace(KEYED, effect="notify")
    assert update(account, 2, operation=message)[1] is How.STOOD
    assert len(account.sent) == 1


# ---- park and skip ----


def test_a_changed_record_waits_for_a_person_where_the_recipe_says_so_or_nothing_can_change_the_document(
    account: Account,
) -> None:
    for given in (
        partial(update, on_revision="park"),
        partial(do, on_revision="update"),
        do,
    ):
        with pytest.raises(Parked, match="the record changed after books") as error:
            given(account, 2)
        assert (error.value.code, "made inv-1" in error.value.message) == ("X302", True)
    assert len(account.sent) == 1


def test_a_change_is_passed_over_where_the_recipe_says_so(account: Account) -> None:
    assert update(account, 2, on_revision="skip") == ({"id": "inv-1"}, How.STOOD)
    assert len(account.sent) == 1


def test_a_document_that_a_person_corrected_stands_as_the_record_wants_it(account: Account) -> None:
    park = partial(update, on_revision="park")
    with pytest.raises(Parked):
        park(account, 2)
    assert park(account, 2, settles=True) == ({"id": "inv-1"}, How.STOOD)
    assert park(account, 2, digest="another")[1] is How.STOOD
    with pytest.raises(Parked):
        park(account, 3)
    assert len(account.sent) == 1


def test_what_an_older_revision_says_settles_nothing(second: Account) -> None:
    assert update(second, 7, revision="1", settles=True)[1] is How.KEPT
    assert row(second).record_revision == "2"


# ---- reissue ----


def test_a_document_is_voided_and_made_anew_under_a_key_of_its_own(account: Account) -> None:
    will(account, MADE, AGAIN)
    assert reissue(account, 2) == ({"id": "inv-2"}, How.CHANGED)
    assert reissue(account, 2) == ({"id": "inv-2"}, How.STOOD)
    assert account.asks == ["POST /invoices 1", "POST /invoices/inv-1/void", "POST /invoices 2"]
    assert account.keys == [KEY.native(), KEY.revised(1).native(), KEY.revised(2).native()]


@pytest.mark.parametrize("chosen", ["reissue", "update", "skip", "park"])
def test_after_the_void_the_document_is_made_anew_whatever_happens_between(
    chosen: Any, account: Account
) -> None:
    will(account, MADE, REFUSED)
    with pytest.raises(RecordError):
        reissue(account, 2)
    will(account, LOST)
    with pytest.raises(ConnectionFailed):
        update(account, 3, on_revision=chosen)
    will(account, AGAIN)
    assert update(account, 3, on_revision=chosen) == ({"id": "inv-2"}, How.CHANGED)
    assert account.asks[1:] == [
        "POST /invoices/inv-1/void",
        *(f"POST /invoices {amount}" for amount in (2, 3, 3)),
    ]


def test_what_cannot_be_voided_waits_for_a_person(account: Account) -> None:
    with pytest.raises(Parked, match="the record changed after"):
        do(account, 2, update=UPDATE, on_revision="reissue")
