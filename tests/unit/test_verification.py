"""Webhooks: what vendors sign is proved, by vectors that others signed, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.secret import Secret
from engine.verification import Delivery, Received, Unverified, received
from engine.verification.hmac import HmacVerification, Params

VECTORS: Final[Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "contract" / "vectors.json").read_text("utf-8")
)
NOW: Final = float(VECTORS["at"])
WAYS: Final[Mapping[str, Mapping[str, Any]]] = {
    "shopify": {"header": "X-Shopify-Hmac-Sha256"},
    "woocommerce": {"header": "X-WC-Webhook-Signature"},
    "quickbooks": {"header": "intuit-signature"},
    "square": {"header": "x-square-hmacsha256-signature", "over": "{url}{body}"},
    "stripe": {
        "header": "Stripe-Signature",
        "part": "v1",
        "timestamp": {"part": "t"},
        "over": "{timestamp}.{body}",
        "encoding": "hex",
    },
}
each = pytest.mark.parametrize(
    "vector",
    VECTORS["deliveries"],
    ids=[f"{one['vendor']}-{len(one['body'])}" for one in VECTORS["deliveries"]],
)
STRIPE: Final = next(one for one in VECTORS["deliveries"] if one["vendor"] == "stripe")
CODE: Final = STRIPE["headers"]["stripe-signature"].partition("v1=")[2]


def verification(vendor: str, secret: str = VECTORS["secret"], **more: Any) -> HmacVerification:
    params = Params.model_validate({"secret": "{webhook_secret}", **WAYS[vendor], **more})
    return HmacVerification(params, {"webhook_secret": Secret(secret, "webhook_secret")})


def delivery(vector: Mapping[str, Any], **changed: Any) -> Delivery:
    headers = changed.get("headers", vector["headers"])
    body = changed.get("body", vector["body"].encode())
    return Delivery(changed.get("url", VECTORS["url"]), headers, body)


def refused(proof: HmacVerification, sent: Delivery, now: float = NOW) -> str:
    with pytest.raises(Unverified) as error:
        proof.prove(sent, now)
    return str(error.value)


@each
def test_what_others_signed_is_proved(vector: Mapping[str, Any]) -> None:
    verification(vector["vendor"]).prove(delivery(vector), NOW)


@each
def test_a_body_that_was_changed_is_not(vector: Mapping[str, Any]) -> None:
    proof = verification(vector["vendor"])
    for body in (vector["body"].encode() + b" ", b"", vector["body"].encode()[:-1]):
        assert "does not fit" in refused(proof, delivery(vector, body=body))


@each
def test_another_secret_proves_nothing_and_no_secret_neither(vector: Mapping[str, Any]) -> None:
    assert "does not fit" in refused(verification(vector["vendor"], "another one"), delivery(vector))
    assert "no secret" in refused(verification(vector["vendor"], ""), delivery(vector))
    params = Params.model_validate({"secret": "{webhook_secret}", **WAYS[vector["vendor"]]})
    assert "no secret" in refused(HmacVerification(params, {"webhook_secret": ""}), delivery(vector))


@each
def test_a_delivery_without_the_header_is_not_proved(vector: Mapping[str, Any]) -> None:
    assert "is missing" in refused(verification(vector["vendor"]), delivery(vector, headers={}))


def test_the_address_counts_where_it_is_signed() -> None:
    vector = next(one for one in VECTORS["deliveries"] if one["vendor"] == "square")
    assert "does not fit" in refused(
        verification("square"), delivery(vector, url=VECTORS["url"].replace("one", "two"))
    )


@pytest.mark.parametrize("late", [-300, -1, 0, 299, 300])
def test_a_delivery_within_the_tolerance_is_taken_on_either_side(late: int) -> None:
    verification("stripe").prove(delivery(STRIPE), NOW + late)


@pytest.mark.parametrize("late", [-86_400, -301, 301, 86_400])
def test_an_old_delivery_and_one_from_the_future_are_not(late: int) -> None:
    assert "out of tolerance" in refused(verification("stripe"), delivery(STRIPE), NOW + late)


def test_a_timestamp_that_was_changed_breaks_the_code() -> None:
    headers = {"stripe-signature": f"t={VECTORS['at'] + 1000},v1={CODE}"}
    assert "does not fit" in refused(verification("stripe"), delivery(STRIPE, headers=headers), NOW + 1000)


@pytest.mark.parametrize(
    "form",
    [
        "t={t},v1={other},v1={code}",
        "t={t},v1={code},v1={other}",
        " v1={code} , t={t} ",
        "t={t},v0=x,v1={code},v2=y",
    ],
)
def test_of_several_codes_one_is_enough(form: str) -> None:
    header = form.format(t=VECTORS["at"], code=CODE, other="0" * 64)
    verification("stripe").prove(delivery(STRIPE, headers={"stripe-signature": header}), NOW)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("t={t},v0={code}", "no part v1"),
        ("t={t}", "no part v1"),
        ("v1={code}", "when it was sent"),
        ("t={t},t=1,v1={code}", "when it was sent"),
        ("t=,v1={code}", "when it was sent"),
        ("t=-{t},v1={code}", "when it was sent"),
        ("t={t}.0,v1={code}", "when it was sent"),
        ("t=١,v1={code}", "when it was sent"),
        ("t={t},v1=", "does not fit"),
        ("t={t},v1={code}00", "does not fit"),
        ("t={t},v1={code} {code}", "does not fit"),
        ("t={t},v1=zz", "does not fit"),
        ("t={t}" + ",v1=00" * 20, "more than 20 parts"),
        ("", "no part v1"),
    ],
)
def test_a_header_that_is_none_proves_nothing(form: str, why: str) -> None:
    header = form.format(t=VECTORS["at"], code=CODE)
    assert why in refused(verification("stripe"), delivery(STRIPE, headers={"stripe-signature": header}))


@given(st.binary(max_size=200), st.text(max_size=90), st.text(max_size=40))
def test_whatever_is_sent_is_refused_in_words_and_never_proved(body: bytes, header: str, secret: str) -> None:
    for vendor, way in WAYS.items():
        sent = Delivery(VECTORS["url"], {way["header"].lower(): header}, body)
        words = refused(verification(vendor, secret), sent)
        assert not secret or len(secret) < 4 or secret not in words


def test_a_code_behind_a_prefix_is_read_with_it_alone() -> None:
    plain = next(one for one in VECTORS["deliveries"] if one["vendor"] == "shopify")
    [code] = plain["headers"].values()
    proof = verification("shopify", prefix="v0=")
    proof.prove(delivery(plain, headers={"x-shopify-hmac-sha256": f"v0={code}"}), NOW)
    assert "does not fit" in refused(proof, delivery(plain))


PINGS: Final = frozenset({"webhook_id"})
FORM: Final = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def sent(body: bytes, **headers: str) -> Delivery:
    return Delivery(
        VECTORS["url"], {**FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}, body
    )


def test_an_unsigned_form_with_the_fields_of_a_ping_is_one() -> None:
    assert received(sent(b"webhook_id=7"), verification("woocommerce"), PINGS, NOW) is Received.PING


def test_a_proved_delivery_is_an_event() -> None:
    vector = next(one for one in VECTORS["deliveries"] if one["vendor"] == "woocommerce")
    assert received(delivery(vector), verification("woocommerce"), PINGS, NOW) is Received.EVENT


@pytest.mark.parametrize(
    "one",
    [
        sent(b"webhook_id=7&total=5"), sent(b"id=7"), sent(b""), sent(b"webhook_id=7", content_type="application/json"),
        sent(b'{"webhook_id": 7}'), sent(b"webhook_id=" + b"7" * 1000), sent(b"webhook_id=\xff"),
        sent(b"webhook_id=7", x_wc_webhook_signature=""), sent(b"webhook_id=7", x_wc_webhook_signature="c2lnbmVk"),
    ],
)  # fmt: skip
def test_anything_else_unsigned_is_refused(one: Delivery) -> None:
    with pytest.raises(Unverified):
        received(one, verification("woocommerce"), PINGS, NOW)


def test_where_a_vendor_sends_no_pings_a_form_is_none() -> None:
    with pytest.raises(Unverified):
        received(sent(b"webhook_id=7"), verification("shopify"), frozenset(), NOW)
