"""`nightdesk webui`: how the WebUI that makes pictures is, and its program. Added by
`nightdesk.cli.app`."""

from __future__ import annotations

from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clean, put, put_json, tell
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client.webui import WebUI

_HERE = Reach()
# Exit code of `webui status` where no picture could be made now.
EXIT_AWAY = 1
_THERE = ("running", "external")


class WebUICommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def status(self, *, at: At = _HERE) -> int:
        """Exit code 1: it is not there."""
        with at.client(self._words) as client:
            seen = client.webui()
        self._say(seen, at)
        return EXIT_OK if seen.status in _THERE else EXIT_AWAY

    def start(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            self._say(client.start_webui(), at)
        return EXIT_OK

    def stop(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            self._say(client.stop_webui(), at)
        return EXIT_OK

    def logs(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            log = client.webui_log()
        if at.json:
            put_json(log)
            return EXIT_OK
        for line in log.lines:
            put(clean(line.text))
        if not log.lines:
            tell(self._words("webui.no_lines"))
        return EXIT_OK

    def _say(self, seen: WebUI, at: Reach) -> None:
        if at.json:
            put_json(seen)
            return
        put(self._words(f"webui.is.{seen.status}"))
        if seen.process_id is not None:
            put(self._words("webui.process", pid=seen.process_id))
        if seen.progress.percent:
            step, steps = seen.progress.step, seen.progress.steps
            put(self._words("webui.at", percent=seen.progress.percent, step=step, steps=steps))
        if seen.reason:
            tell(clean(seen.reason))
