"""The made-up shop behind the Shopify connector's sample payloads: Lantern & Kiln, tea and ceramics.

``default.py`` and ``bad.py`` say what was ordered, ``figures.py`` works out every dependent amount,
``goods.py``, ``buyer.py``, ``payments.py`` and ``orders.py`` put it into the shape of Shopify's REST API
2026-10, and ``build.py`` writes the files under ``engine/connectors/shopify/samples/``.
"""
