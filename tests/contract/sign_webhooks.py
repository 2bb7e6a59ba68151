"""Signs made-up deliveries as vendors do, by means that are not ours; writes ``vectors.json`` beside it.

    python -m venv /tmp/signing && /tmp/signing/bin/pip install stripe==16.1.0
    /tmp/signing/bin/python tests/contract/sign_webhooks.py

Stripe's are signed by Stripe's own package. The other vendors publish no signing code in Python: theirs are signed by
the openssl program, after the algorithm that the vendor's page gives.

Sources: shopify.dev/docs/apps/build/webhooks/subscribe/https, woocommerce's class-wc-webhook.php (generate_signature),
developer.intuit.com (webhooks, validating the notification), developer.squareup.com (webhooks, validate notifications).
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

VECTORS = Path(__file__).with_name("vectors.json")
SECRET = "made-up secret, ümlaut & all"
URL = "https://books.example.com/hooks/one?a=b"
AT = 1_795_348_800
BODIES = ['{"id": 820982911946154508, "total": "12.50"}', '{"name":"Zoë","paid":true}\n', "{}"]


def by_openssl(secret: str, message: str) -> bytes:
    """Return the HMAC-SHA256 of *message*."""
    key = f"hexkey:{secret.encode().hex()}"
    program = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", key, "-binary"]
    return subprocess.run(program, input=message.encode(), capture_output=True, check=True).stdout


def by_stripe(secret: str, body: str, at: int) -> str:
    """Return the header that Stripe's package makes."""
    made: str = import_module("stripe").WebhookSignature.generate_signature_header(body, secret, at)
    return made


def vectors() -> list[dict[str, object]]:
    """Return a delivery of each vendor for each body."""
    made: list[dict[str, object]] = []
    for body in BODIES:
        over_body = base64.b64encode(by_openssl(SECRET, body)).decode()
        over_both = base64.b64encode(by_openssl(SECRET, URL + body)).decode()
        headers = {
            "shopify": ("openssl", "x-shopify-hmac-sha256", over_body),
            "woocommerce": ("openssl", "x-wc-webhook-signature", over_body),
            "quickbooks": ("openssl", "intuit-signature", over_body),
            "square": ("openssl", "x-square-hmacsha256-signature", over_both),
            "stripe": ("stripe 16.1.0", "stripe-signature", by_stripe(SECRET, body, AT)),
        }
        for vendor, (signer, header, value) in headers.items():
            made.append({"vendor": vendor, "signed_by": signer, "headers": {header: value}, "body": body})
    return made


def main() -> int:
    """Write the vectors."""
    data = {"secret": SECRET, "url": URL, "at": AT, "deliveries": vectors()}
    VECTORS.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
