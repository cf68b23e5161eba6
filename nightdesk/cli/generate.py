"""`submit generate`: prompts for the operator's WebUI, and what may be said of their pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from nightdesk.cli.handed import handed_over
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.source import Columns, read_items
from nightdesk.cli.submit import JobOptions
from nightdesk.cli.usage import OrStdin, UsageError
from nightdesk.cli.words import Words
from nightdesk.cli.workshop import preset_of

# The field of a job's spec that names one.
PRESET = "preset"
PROMPT_COLUMNS = Columns(("prompt", "negative_prompt"), ("seed",), needed="prompt")


@dataclass(frozen=True, kw_only=True)
class GenerateOptions:
    """Flags that are not given are left to the file's `spec`, then to the server's defaults."""

    preset: str | None = None
    """A preset of the desk's, by id or name: what is said here comes before what it says."""
    negative: str | None = None
    """What is not wanted, for prompts that do not say it."""
    size: str | None = None
    """Size of a picture in pixels, as WIDTHxHEIGHT."""
    steps: int | None = None
    """Sampling steps."""
    cfg_scale: float | None = None
    """How closely the prompt is followed."""
    seed: int | None = None
    """Seed of the first picture of each prompt; -1 is a random one."""
    sampler: str | None = None
    """Sampler, by the WebUI's name."""
    model: str | None = None
    """Checkpoint, by the WebUI's name (else: the one that is loaded)."""
    lora: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """`NAME` or `NAME:WEIGHT`; repeatable."""
    batch_size: int | None = None
    """Pictures at once."""
    batch_count: int | None = None
    """Batches a call."""
    loops: int | None = None
    """Calls a prompt."""
    hires: Annotated[bool, Parameter(negative="")] = False
    """A second pass at twice the resolution."""
    retries: int | None = None
    """Further attempts after a failed call."""
    timeout: float | None = None
    """Seconds that one call may take."""

    def spec(self, words: Words) -> dict[str, Any]:
        """Raises UsageError."""
        width, height = (None, None) if self.size is None else _size(self.size, words)
        given = {
            "negative_prompt": self.negative,
            "width": width,
            "height": height,
            "steps": self.steps,
            "cfg_scale": self.cfg_scale,
            "seed": self.seed,
            "sampler": self.sampler,
            "model": self.model,
            "loras": [_lora(text, words) for text in self.lora] or None,
            "batch_size": self.batch_size,
            "batch_count": self.batch_count,
            "loop_count": self.loops,
            "enable_hr": True if self.hires else None,
            "retries": self.retries,
            "timeout_s": self.timeout,
        }
        return {field: value for field, value in given.items() if value is not None}


_HERE = Reach()
_JOB = JobOptions()
_PLAIN = GenerateOptions()


class GenerateCommand:
    """One command; see `nightdesk.cli.app`."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def generate(
        self,
        file: Annotated[OrStdin, Parameter(name="FILE")],
        /,
        *,
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        generate: Annotated[GenerateOptions, Parameter(name="*")] = _PLAIN,
        at: At = _HERE,
    ) -> int:
        """Have pictures made of the prompts of a file.

        Parameters
        ----------
        file
            A prompt a line (# begins a comment line), .csv with the columns prompt and optionally
            negative_prompt and seed, or a .json list of prompts or of objects with these fields;
            - reads lines or JSON from stdin.
        """
        spec = generate.spec(self._words)
        batch = read_items(file, PROMPT_COLUMNS, self._words)
        with at.client(self._words) as client:
            if generate.preset is not None:
                spec[PRESET] = preset_of(client, generate.preset, self._words)
            made = batch.submit(
                client,
                kind="generate",
                name=job.name or ("" if file == "-" else Path(file).name),
                spec={**batch.spec, **spec},
                priority=job.priority,
                lane=job.lane,
                start=job.start or job.wait,
            )
            return handed_over(client, made, at, self._words, wait=job.wait)


def _size(text: str, words: Words) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,6})[xX×]([0-9]{1,6})", text)
    if match is None:
        raise UsageError(words("generate.bad_size"))
    return int(match[1]), int(match[2])


def _lora(text: str, words: Words) -> dict[str, Any]:
    name, colon, weight = text.rpartition(":")
    if not colon:
        return {"name": text}
    try:
        return {"name": name, "weight": float(weight)}
    except ValueError:
        raise UsageError(words("generate.bad_lora", written=text)) from None
