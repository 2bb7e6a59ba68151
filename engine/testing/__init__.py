"""Tests of recipes: ``case`` reads and checks a test file, ``rehearsal`` runs a case, ``verdict`` compares."""
