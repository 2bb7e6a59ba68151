"""The made-up shop behind the Shopify connector's sample payloads: Lantern & Kiln, tea and ceramics.

``default.py``, ``bad.py`` and the modules of ``quarter`` say what was ordered, ``figures.py`` works out every dependent
amount, ``goods.py``, ``buyer.py``, ``payments.py`` and ``orders.py`` put it into the shape of Shopify's REST API
2026-10, ``directory.py`` and ``payouts.py`` the customers, products and payouts that go with the quarter, and
``build.py`` writes the files under ``engine/connectors/shopify/samples/``.
"""
