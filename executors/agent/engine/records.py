"""The lines of a transcript, and how they are read again. Pure.

Written by `executors.agent.engine.working`; read by the engine where a task goes on, by the command
line and by the page. A piece is one or more lines, each a JSON object whose `type` says which of
the records below it is; a field that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from executors.agent.ports import Change, ToolCall, UsageSource
from state.spending import Spend, picousd, usd

Role = Literal["coder", "judge"]
Status = Literal["completed", "error", "timeout"]
StopReason = Literal["done", "rounds", "budget", "plateau", "time", "error"]

# What stands in `finish` of a call that brought no answer: why it did not.
TOO_LONG, REFUSED, BROKEN, CUT, AWAY = "too_long", "refused", "broken", "cut", "away"


class TranscriptBroken(Exception):
    """What was kept is not what the engine writes; the message names piece and line."""


class TaskNamed(Struct, frozen=True, forbid_unknown_fields=True):
    """The task as it was given, rid of secrets."""

    dir: str
    first_prompt: str


class _Record(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    forbid_unknown_fields=True,
):
    """`at` is the time of day, as ISO 8601 in UTC."""

    at: str


class Begin(_Record, frozen=True, kw_only=True, tag="begin"):
    """A run begins: the first, or a later one, which goes on with a task that is not done and has
    an allowance of its own. Numbers of runs grow, with gaps."""

    task: TaskNamed
    model: str
    judge_model: str
    max_iterations: int
    run: int


class Call(_Record, frozen=True, kw_only=True, tag="call"):
    """A call of a model has come to its end. `cost_usd` is exact, and None where nobody knows the
    price. With `error`, there is no answer, and `finish` says why. `elapsed_s` is how long the task
    has been worked on. `left_out` tool calls of the reply were too many to be done; before the
    call, the messages had been shortened `shortened` times. `calls`, `unpriced` and `counted` are
    those of its `Spend`: tries that failed may have cost, too."""

    round: int
    role: Role
    model: str
    text: str
    tool_calls: tuple[ToolCall, ...]
    finish: str
    usage_from: UsageSource
    prompt_tokens: int
    completion_tokens: int
    cost_usd: str | None
    duration_ms: float
    elapsed_s: float = 0.0
    error: str = ""
    left_out: int = 0
    shortened: int = 0
    calls: int = 1
    unpriced: int = 0
    counted: int = 0

    @property
    def spend(self) -> Spend:
        return Spend(
            calls=self.calls,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            picousd=0 if self.cost_usd is None else picousd(Decimal(self.cost_usd)),
            unpriced=self.unpriced,
            counted=self.counted,
        )


class Tool(_Record, frozen=True, kw_only=True, tag="tool"):
    """A tool was used, `id` being that of the call. `hidden` are paths whose recorded contents had
    a secret taken out of them: they are not put back where the task goes on."""

    round: int
    id: str
    name: str
    ok: bool
    output: str
    changes: tuple[Change, ...] = ()
    elapsed_s: float = 0.0
    hidden: tuple[str, ...] = ()


class Verdict(_Record, frozen=True, kw_only=True, tag="verdict"):
    """What the judge holds of a round. `text` is the evaluation that the coder gets to read;
    `judged` is False where there was no judging, and `text` then says why."""

    round: int
    done: bool
    score: int | None
    missing: tuple[str, ...]
    text: str
    best: bool
    judged: bool = True
    elapsed_s: float = 0.0


class Restored(_Record, frozen=True, kw_only=True, tag="restored"):
    """At the end the folder was put back to how it was after its best round. `hidden` as with
    tools."""

    round: int
    changes: tuple[Change, ...]
    hidden: tuple[str, ...] = ()


class End(_Record, frozen=True, kw_only=True, tag="end"):
    """A run has ended. `round` is the last that was begun; `best_round` is 0 where none is."""

    status: Status
    stop: StopReason
    round: int
    best_round: int
    error: str
    elapsed_s: float = 0.0


Record = Begin | Call | Tool | Verdict | Restored | End

_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)
_encoder = msgspec.json.Encoder()


def piece_of(records: Iterable[Record]) -> bytes:
    """Each on a line of its own."""
    return _encoder.encode_lines(records)


def read_pieces(pieces: Sequence[bytes]) -> Iterator[Record]:
    """All records, oldest first. A last line of the last piece that was cut short (it has no end of
    line) is left out; its whole neighbours stand. Raises TranscriptBroken for anything else."""
    for number, piece in enumerate(pieces, 1):
        lines = piece.split(b"\n")
        torn = lines.pop()
        for place, line in enumerate(lines, 1):
            yield _read(line, number, place)
        if torn and number < len(pieces):
            raise TranscriptBroken(f"piece {number}, line {len(lines) + 1}: has no end")


def whole(data: bytes) -> bytes:
    """Without a last line that was cut short: so much of a file of pieces is gone on with."""
    return data[: data.rfind(b"\n") + 1]


def _read(line: bytes, piece: int, place: int) -> Record:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TranscriptBroken(f"piece {piece}, line {place}: {error}") from None


def cost_text(spend: Spend) -> str | None:
    """In US dollars, exact, without needless zeros; None where a part of it has no known price."""
    if spend.unpriced:
        return None
    return f"{usd(spend.picousd).normalize():f}"


def round_ms(duration_ms: float) -> float:
    return round(duration_ms, 3)
