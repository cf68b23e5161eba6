"""What is known of one journey so far, and the result it comes to: every list and text bounded.

Used by `executors.visit.journey` and, through it, by the guard of its page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec

from actors.ports import HttpConnectError, HttpError, HttpProxyError, ItemResult, Refusal
from executors.scrubbing import Scrubber
from executors.visit.labels import cut, label_of
from state.model import OutcomeStatus

MAX_TEXT_CHARS = 500
MAX_URL_CHARS = 8_192
MAX_CONSOLE_LINES = 50
MAX_LISTED = 50
# All values that a journey takes out of its pages, as JSON.
MAX_EXTRACTED_BYTES = 384 * 1024


class Failed(Exception):
    """The journey ends here; the message is fit for the user. `retry` where nothing has been done
    on the site yet and another try may go better; `by_proxy` where another proxy may do better."""

    def __init__(
        self,
        reason: str,
        *,
        retry: bool = False,
        retry_after_s: float | None = None,
        pressure: bool = False,
        http_status: int | None = None,
        by_proxy: bool = False,
    ) -> None:
        super().__init__(reason)
        self.http_status = http_status
        self.by_proxy = by_proxy
        self.reason = reason
        self.retry = retry
        self.retry_after_s = retry_after_s
        self.pressure = pressure


class Report:
    """Written by the journey and by the events of its page, both on the browser's loop.

    What pages say is scrubbed before it is shortened: half a secret is known by nobody.
    """

    def __init__(self, facts: dict[str, Any], total: int, scrub: Scrubber) -> None:
        self._scrub = scrub
        # url, name and id of the item; the id is ours.
        self._facts = {
            field: text if field == "id" else scrub.text(text) for field, text in facts.items()
        }
        self._failed: Failed | None = None
        self._steps: list[dict[str, Any]] = []
        self._extracted_bytes = 0
        # Steps in all, and those that went well.
        self.total = total
        self.done = 0
        self.final_url: str | None = None
        self.title: str | None = None
        self.http_status: int | None = None
        self.extracted: dict[str, Any] = {}
        self.screenshots: list[str] = []
        self.console: deque[dict[str, str]] = deque(maxlen=MAX_CONSOLE_LINES)
        self.dialogs: list[dict[str, str]] = []
        self.downloads: list[dict[str, str]] = []
        self.refused: dict[tuple[str, str], None] = {}
        self.popups = 0
        # The path that was found for it and gone to its end.
        self.generated: list[dict[str, Any]] | None = None

    @property
    def fraction(self) -> float:
        return self.done / max(1, self.total)

    @property
    def answered(self) -> bool:
        """Whether the site has said anything."""
        return self._failed is None or self.http_status is not None

    def unanswered(self) -> HttpError | None:
        """Why nothing was heard of the site, where another way to it may do better."""
        failed = self._failed
        if failed is None or self.answered or not (failed.retry or failed.by_proxy):
            return None
        reason = self._scrub.text(failed.reason)
        return HttpProxyError(reason) if failed.by_proxy else HttpConnectError(reason)

    def step_ended(
        self, step: dict[str, Any], ms: float, *, error: str | None, screenshot: str | None
    ) -> None:
        entry: dict[str, Any] = {
            "do": step["do"],
            "label": self._scrub.text(label_of(step)),
            "ok": error is None,
            "ms": round(ms, 1),
        }
        if screenshot is not None:
            entry["screenshot"] = screenshot
        if error is not None:
            entry["error"] = self._short(error)
        self._steps.append(entry)
        self.done += error is None

    def extract(self, name: str, value: Any) -> None:
        """Raises Failed where the journey has taken too much."""
        value = self._scrub.all_of(value)
        self._extracted_bytes += len(msgspec.json.encode([name, value]))
        if self._extracted_bytes > MAX_EXTRACTED_BYTES:
            raise Failed(f"a journey can extract {MAX_EXTRACTED_BYTES} bytes in all, not more")
        self.extracted[name] = value

    def dialog(self, kind: str, message: str) -> None:
        if len(self.dialogs) < MAX_LISTED:
            self.dialogs.append({"kind": kind, "message": self._short(message)})

    def download(self, url: str, name: str) -> None:
        if len(self.downloads) < MAX_LISTED:
            self.downloads.append({"url": self._short(url), "name": self._short(name, 255)})

    def say(self, level: str, text: str) -> None:
        """A line of the page's console, or about it."""
        self.console.append({"level": self._short(level, 20), "text": self._short(text)})

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """The newest that fit."""
        for each in refusals:
            key = (self._short(each.place), self._short(each.reason))
            self.refused.pop(key, None)
            self.refused[key] = None
        for key in list(self.refused)[:-MAX_LISTED]:
            del self.refused[key]

    def fail(self, failed: Failed) -> None:
        self._failed = failed
        self.http_status = failed.http_status or self.http_status

    def facts(self, told: Any, *, refused: int | None = None) -> None:
        """The title and the status of the page where it ended, as the page itself tells them.
        `refused`: what the gateway has answered there in the site's place, no status of the site.
        """
        match told:
            case [str(title), status]:
                self.title = self._short(title)
                if type(status) is int and 100 <= status <= 599:
                    self.http_status = None if status == refused else status

    def ended(self) -> ItemResult:
        """The outcome, without the journey's secrets."""
        failed = self._failed
        return ItemResult(
            status=OutcomeStatus.OK if failed is None else OutcomeStatus.FAILED,
            result=self._told(),
            error=None if failed is None else self._scrub.text(failed.reason),
            retry=failed is not None and failed.retry,
            retry_after_s=None if failed is None else failed.retry_after_s,
            pressure=failed is not None and failed.pressure,
        )

    def _short(self, text: str, chars: int = MAX_TEXT_CHARS) -> str:
        return cut(self._scrub.text(text), chars)

    def _told(self) -> dict[str, Any]:
        url, path = self.final_url, self.generated
        return {
            **self._facts,
            "final_url": None if url is None else self._short(url, MAX_URL_CHARS),
            "title": self.title,
            "http_status": self.http_status,
            "steps": self._steps,
            "steps_done": self.done,
            "steps_total": self.total,
            "extracted": self.extracted,
            "screenshots": self.screenshots,
            "console": list(self.console),
            "dialogs": self.dialogs,
            "popups": self.popups,
            "downloads": self.downloads,
            "refused": [{"place": place, "reason": reason} for place, reason in self.refused],
            "generated": path is not None,
            **({} if path is None else {"path": self._scrub.all_of(path)}),
        }
