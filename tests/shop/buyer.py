"""Customers and addresses in the shape of Shopify's REST API."""

from __future__ import annotations

from typing import Any

from tests.shop.ids import gid, identify
from tests.shop.statement import Person

Json = dict[str, Any]


def customer(person: Person, updated_at: str) -> Json:
    """Return an order's customer."""
    number = identify("Customer", person.number)
    return {
        "id": number,
        "email": person.email or None,
        "created_at": person.since,
        "updated_at": updated_at,
        "first_name": person.first,
        "last_name": person.last,
        "state": "disabled",
        "note": None,
        "verified_email": bool(person.email),
        "multipass_identifier": None,
        "tax_exempt": False,
        "phone": None,
        "email_marketing_consent": {
            "state": "not_subscribed",
            "opt_in_level": "single_opt_in",
            "consent_updated_at": None,
        },
        "sms_marketing_consent": None,
        "tags": "",
        "currency": "USD",
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", number),
        "default_address": _default_address(person),
    }


def address(person: Person) -> Json:
    """Return a person's billing or shipping address."""
    home = person.home
    latitude, longitude = home.place or (None, None)
    return {
        "first_name": person.first,
        "address1": home.address1,
        "phone": home.phone,
        "city": home.city,
        "zip": home.zip,
        "province": home.province and home.province[0],
        "country": home.country[0],
        "last_name": person.last,
        "address2": home.address2,
        "company": None,
        "latitude": latitude,
        "longitude": longitude,
        "name": f"{person.first} {person.last}".strip(),
        "country_code": home.country[1],
        "province_code": home.province and home.province[1],
    }


def _default_address(person: Person) -> Json:
    home = address(person)
    keys = (
        "first_name",
        "last_name",
        "company",
        "address1",
        "address2",
        "city",
        "province",
        "country",
        "zip",
    )
    return {
        "id": identify("Address", person.number),
        "customer_id": identify("Customer", person.number),
        **{key: home[key] for key in keys},
        "phone": home["phone"],
        "name": home["name"],
        "province_code": home["province_code"],
        "country_code": home["country_code"],
        "country_name": home["country"],
        "default": True,
    }
