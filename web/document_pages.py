"""Pages that are documents of their own, beside the desks': the operator's. Each is the same bytes
for everybody and holds nothing; what it shows comes by the API, for whoever may ask.
"""

from __future__ import annotations

from quart import Response

from web.access import Access
from web.page_files import PageFiles
from web.pages import sent
from web.routes import Route

OPERATOR = "operator.html"


class DocumentPages:
    """Handlers for browsers."""

    def __init__(self, files: PageFiles) -> None:
        self._files = files

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule="/operator",
                name="operator_page",
                access=Access.PUBLIC,
                handler=self.operator,
                summary="The operator's page",
                answer="text/html",
                in_api=False,
            )
        ]

    async def operator(self) -> Response:
        """It asks for a token, and shows nothing without one."""
        return self._sent(OPERATOR)

    def _sent(self, name: str) -> Response:
        return sent(self._files.shell(name), {})
