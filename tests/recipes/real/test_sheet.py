"""The small spreadsheet that judges the recipes, judged itself by sums that one can do in the head."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.recipes.real.sheet import Sheet


def computed(formula: str) -> Fraction | str:
    quoted = formula.replace('"', '""')
    return Sheet(f'what,a,b,account\nx,3,0.10,6000\ny,2,0.20,6010\nz,5,0.30,6000\nsum,"{quoted}"').cell("B5")


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=B2*C2-C3", Fraction(1, 10)),
        ("=1+2*3-4/8", Fraction(13, 2)),
        ("=-(1+2)*3", Fraction(-9)),
        ("=10-3-2", Fraction(5)),
        ("=8/4/2", Fraction(1)),
        ("=SUM(B2:B4)", Fraction(10)),
        ("=SUM(B2:C3, 1, C4)", Fraction(66, 10)),
        ("=SUM(B2:B2,E2:E4)", Fraction(3)),
        ('=SUMIF(A2:A4,"y",C2:C4)', Fraction(1, 5)),
        ("=SUMIF(D2:D4,6000,C2:C4)", Fraction(2, 5)),
        ("=SUMIF(D2:D4,D3,C2:C4)", Fraction(1, 5)),
        ("=ROUND(10/3,2)", Fraction(333, 100)),
        ("=ROUND(0.125,2)", Fraction(13, 100)),
        ("=ROUND(-0.125,2)", Fraction(-13, 100)),
        ("=ROUND(2.5,0)", Fraction(3)),
        ("=A3", "y"),
        ("=0.1+0.2", Fraction(3, 10)),
    ],
)
def test_a_formula_is_computed_exactly(formula: str, value: Fraction | str) -> None:
    assert computed(formula) == value


@pytest.mark.parametrize(
    "formula", ["=B5", "=A2+1", "=1+", "=1 2", "=(1", "=COS(1)", "=SUM(1", "=1=1", "=B2%"]
)
def test_what_is_no_formula_here_is_refused(formula: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        computed(formula)


def test_rows_are_found_by_their_first_cell_and_cells_by_their_column() -> None:
    sheet = Sheet("line,net,gross\nfirst,10.00,=B2*1.19\nsecond,,=B2+B2\ntotal,=SUM(B2:B3),=SUM(C2:C3)\n")
    assert sheet.row("first") == {"line": "first", "net": 10, "gross": Fraction("11.90")}
    assert sheet.row("second")["net"] == ""
    assert sheet.row("total") == {"line": "total", "net": 10, "gross": Fraction("31.90")}
    with pytest.raises(ValueError, match="not enough values"):
        sheet.row("third")
