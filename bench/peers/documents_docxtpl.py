"""Plain docxtpl: a document of each row, one process, one after the other, each written to a file.

Task: `template` (a path), `rows`, `folder`.
"""

from __future__ import annotations

from pathlib import Path

from docxtpl import DocxTemplate
from measure import Clock, task


def main() -> None:
    given = task()
    folder = Path(given["folder"])
    clock = Clock()
    for place, row in enumerate(given["rows"]):
        # As its documentation has it: a template that was rendered is not rendered again.
        document = DocxTemplate(given["template"])
        document.render(row, autoescape=True)
        document.save(folder / f"{place}.docx")
    clock.report(len(list(folder.iterdir())))


if __name__ == "__main__":
    main()
