"""What the documents of a bench are made of: a letter of one page with 20 paragraphs and a table,
and the rows that it is filled from. Whoever makes documents here gets these same bytes.
"""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

from docx import Document
from docx.shared import Pt

PARAGRAPHS = 20
FIELDS = ("name", "street", "city", "customer", "item", "amount")
_TOWNS = ("Bonn", "Lyon", "Porto", "Graz", "Turku")


def letter() -> bytes:
    """The template, as a .docx file. Its placeholders are simple ones, which docxtpl takes as they
    stand and docxtemplater with its delimiters set to theirs."""
    document = Document()
    document.styles["Normal"].font.size = Pt(9)
    document.styles["Normal"].paragraph_format.space_after = Pt(2)
    for number in range(1, PARAGRAPHS + 1):
        document.add_paragraph(_paragraph(number))
    table = document.add_table(rows=1, cols=3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("Customer", "Item", "Amount"), strict=True):
        cell.text = text
    for cell, field in zip(table.add_row().cells, ("customer", "item", "amount"), strict=True):
        cell.text = f"{{{{ {field} }}}}"
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def rows(count: int) -> list[dict[str, Any]]:
    """Text in every column, a name that no other row has."""
    return [
        {
            "name": f"Person {number:05}",
            "street": f"{number % 97 + 1} Long Street",
            "city": _TOWNS[number % len(_TOWNS)],
            "customer": f"C-{number:06}",
            "item": f"Subscription {number % 12 + 1}",
            "amount": f"{number % 400 + 10}.50",
        }
        for number in range(count)
    ]


def table(wanted: list[dict[str, Any]]) -> bytes:
    """Those rows as a CSV file."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(wanted)
    return text.getvalue().encode()


def _paragraph(number: int) -> str:
    if number == 1:
        return "Dear {{ name }},"
    if number % 5 == 0:
        return f"Your address in paragraph {number}: {{{{ street }}}}, {{{{ city }}}}."
    return f"Paragraph {number} says the same to everybody: what we promised is kept, on paper too."
