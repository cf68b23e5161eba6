"""`make screenshots`: the README's pictures, taken of a real server while it works.

Starts a server and a scripted model endpoint on loopback in a temporary folder, hands over batches
of several kinds (`batches`), looks at them by Chromium (`scenes`), and writes PNGs to
docs/screenshots. Nothing in the pictures is drawn: what they show has happened.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scripts.screenshots.batches import fill
from scripts.screenshots.scenes import Photographer

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs/screenshots"
MODEL = "demo-model"
LATENCY_MS = "400"
# Made up, so that there is a bill to be seen.
PRICES = '{"demo-model": {"input_usd_per_mtok": "0.28", "output_usd_per_mtok": "0.42"}}'


@contextmanager
def started(log: Path, *command: str) -> Iterator[str]:
    """A program of ours; yields the line that says where it is. SIGTERM ends it."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", *command], stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline().strip()
            if not line:
                raise SystemExit(f"{command[0]} has not started: see {log}")
            yield line.removeprefix("Nightdesk is at ").rstrip("/")
        finally:
            process.terminate()
            process.wait()


def token(data: Path) -> str:
    """An operator's."""
    command = [sys.executable, "-m", "nightdesk", "token", "operator", "--admin"]
    done = subprocess.run(
        [*command, "--data", str(data)], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data = folder / "data"
        endpoint = stack.enter_context(
            started(folder / "model.log", "nightdesk.demo_model", "--latency-ms", LATENCY_MS)
        )
        prices = folder / "prices.json"
        prices.write_text(PRICES, "utf-8")
        opened = ["--agent-endpoint", f"demo={endpoint}", "--agent-model", f"demo={MODEL}"]
        opened += ["--agent-prices", str(prices)]
        serve = ["nightdesk", "serve", "--port", "0", "--data", str(data), *opened]
        server = stack.enter_context(started(folder / "server.log", *serve))
        jobs = fill(server, MODEL)
        photographer = stack.enter_context(Photographer.at(server, PICTURES))
        photographer.take_all(jobs, token(data))
    for path in sorted(PICTURES.glob("*.png")):
        sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main()
