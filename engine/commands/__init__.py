"""The command ``recipe``."""

from __future__ import annotations

import click


@click.group()
def main() -> None:
    """Run YAML recipes that connect shops, processors and banks with accounting."""
