"""What is photographed, and how: each scene is a page of the server as it stands at that moment."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.screenshots.batches import Jobs
from workers.browser.find import find_chromium

WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ENGLISH = {"locale": "en-GB", "timezone_id": "Europe/London"}
CHINESE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
# Pictures are shown at half their width, and few colours are in them.
SCALE = 2
# A desk's page is live.
LIVE = "[data-link=live]"
# The operator's figures are between two looks: there are none at the first.
MEASURED = re.compile(r"Processor\s*[0-9]")
COLOURS = 128


class Photographer:
    """One for a run. Holds no state but where things are."""

    def __init__(self, browser: Browser, server: str, to: Path) -> None:
        self._browser = browser
        self._server = server
        self._to = to

    @staticmethod
    @contextmanager
    def at(server: str, to: Path) -> Iterator[Photographer]:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
            yield Photographer(browser, server, to)
            browser.close()

    def take_all(self, jobs: Jobs, operator: str) -> None:
        home = f"/s/{jobs.desk}"
        with self._page(home) as page:
            page.wait_for_selector("[data-job] >> nth=5")
            self._shoot(page, "home")
        with self._page(f"{home}#new") as page:
            page.locator("textarea[name=items]").fill("\n".join(jobs.urls))
            page.wait_for_selector(".estimate >> text=items")
            self._shoot(page, "new")
        with self._page(f"{home}/jobs/{jobs.fetched}#items?status=failed") as page:
            page.wait_for_selector("[data-item-row]")
            self._shoot(page, "failures")
        with self._page(f"{home}/jobs/{jobs.fetched}#chart") as page:
            page.wait_for_selector("canvas")
            self._shoot(page, "chart")
        with self._page(f"{home}/jobs/{jobs.agents}#tasks/0") as page:
            page.locator(".round summary").first.click()
            page.wait_for_selector(".diff .line-of")
            self._shoot(page, "agent")
        with self._page("/operator", "form") as page:
            page.get_by_label("Token", exact=True).fill(operator)
            page.get_by_role("button", name="Look", exact=True).click()
            expect(page.locator(".figures")).to_contain_text(MEASURED, timeout=30_000)
            self._shoot(page, "operator")
        with self._page(home, **PHONE, **CHINESE, color_scheme="dark") as page:
            page.wait_for_selector("[data-job] >> nth=3")
            self._shoot(page, "phone")

    @contextmanager
    def _page(self, path: str, waits_for: str = LIVE, /, **options: Any) -> Iterator[Page]:
        """That page in a browser of its own, once there is on it what is waited for."""
        said = {**WIDE, **ENGLISH, "color_scheme": "light", **options}
        context = self._browser.new_context(device_scale_factor=SCALE, **said)
        page = context.new_page()
        page.goto(self._server + path)
        page.wait_for_selector(waits_for)
        yield page
        context.close()

    def _shoot(self, page: Page, name: str) -> None:
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(self._to / f"{name}.png", optimize=True)
