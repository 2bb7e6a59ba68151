"""Recipes of real life from end to end: their amounts are judged by spreadsheets of formulas, not by the engine."""
