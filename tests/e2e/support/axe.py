"""axe-core on a page: which rules of accessibility it breaks, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

_ENGINE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = """async ({rules, within}) => {
    const said = await axe.run(within ?? document, {
        runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]});
    return said.violations.map(({id, nodes}) => ({id, nodes: nodes.map(
        ({html, failureSummary}) => ({html: html.slice(0, 160), failureSummary}))}));
}"""


def violations(page: Page, *, within: str | None = None) -> list[str]:
    """A line for each element that breaks a rule, in `within` where only that counts."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_ENGINE)
    found: list[dict[str, Any]] = page.evaluate(_RUN, {"rules": list(RULES), "within": within})
    return [
        f"{one['id']}: {node['html']} ({' '.join(node['failureSummary'].split())})"
        for one in found
        for node in one["nodes"]
    ]
