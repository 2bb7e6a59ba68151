"""The made-up shop behind the WooCommerce connector's sample payloads: Cedar & Loom, blankets and yarn.

``orders.py`` says what was ordered, ``figures.py`` works out amounts the way WooCommerce does, ``shape.py`` puts them
into the shape of its REST API v3, ``others.py`` has refunds, customers, products and tax rates, and ``build.py`` writes
the files under ``engine/connectors/woocommerce/samples/``.
"""
