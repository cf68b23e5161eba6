"""The ports of the engine (`executors.agent.engine`): the model, the folder, the book.

The engine runs in a worker of the desk and in the command line, over the same ports:
`executors.agent.model` and `executors.agent.files` are the model and the folder of both;
the book is the desk's (`executors.agent.run`) or a folder of the command line's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct

from actors.ports.spending import SpendRefused as SpendRefused
from state.spending import NO_SPEND, Spend

# ------------------------------------------------------------------------------------- the model


class Message(dict[str, Any]):
    """As it goes on the wire; never changed. `tokens` is what it comes to by a rough count, once
    somebody has counted it: it is sent again with every call."""

    __slots__ = ("tokens",)

    tokens: int


class ChatRequest(Struct, frozen=True, kw_only=True):
    """One call. `messages` and `tools` are as they go on the wire; a `Message` is counted once."""

    messages: Sequence[dict[str, Any]]
    tools: Sequence[dict[str, Any]] = ()
    stream: bool = True
    max_tokens: int = 8192
    # Asks for an answer of that JSON schema, where the endpoint knows how: {"name", "schema"}.
    answer_schema: dict[str, Any] | None = None


class ToolCall(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model wants done. `arguments` is its text, not yet known to be JSON; `id` is unique
    in its reply."""

    id: str
    name: str
    arguments: str


UsageSource = Literal["endpoint", "counted"]


class ChatReply(Struct, frozen=True, kw_only=True):
    """`spend` is of this one call; `usage_from` says who counted its tokens. `finish` is the
    endpoint's word ("stop", "tool_calls", "length", ...)."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    finish: str = ""
    model: str = ""
    spend: Spend = NO_SPEND
    usage_from: UsageSource = "endpoint"
    duration_ms: float = 0.0


class ModelError(Exception):
    """Root of what a call raises; the message is fit for the user and holds no key. `spend` is what
    the tries came to: as the endpoint said, or counted where some of an answer had come."""

    spend: Spend = NO_SPEND


class KeyRefused(ModelError):
    """The endpoint does not take the key (401, 403), or wants paying (402): no call of the batch
    will do better."""


class ModelUnknown(ModelError):
    """The endpoint has no such model, or no such path: no call of the batch will do better."""


class RequestRefused(ModelError):
    """This request is not to be had (not allowed, malformed); trying again does not help."""


class PromptTooLong(RequestRefused):
    """The messages are longer than the model can read: with shorter ones it may be had."""


class EndpointAway(ModelError):
    """Not reachable, overloaded, or broken off, over all tries. Later may be better.
    `retry_after_s` is what it asked for last."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AnswerBroken(ModelError):
    """It answered what is no answer, over all tries."""


class ChatModel(Protocol):
    """One model at one endpoint, with its key and its price."""

    @property
    def name(self) -> str: ...

    def most(self, request: ChatRequest) -> Spend:
        """What this call can come to at most: the prompt by our own count, and all of its
        `max_tokens`."""

    async def call(
        self, request: ChatRequest, heard: Callable[[str], None] = lambda text: None
    ) -> ChatReply:
        """Make the call, again where that may help; `heard` is told text as it comes. What a failed
        try has cost is in the reply's `spend`, as far as anybody knows. Raises ModelError."""


# ------------------------------------------------------------------------------------ the folder


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What became of a file. `path` is relative, with slashes. The new bytes are in `text` (UTF-8)
    or, for others, in `base64`; with neither the file is gone. `diff` is for people: unified, cut
    where it is long, empty for what is no text."""

    path: str
    text: str | None = None
    base64: str | None = None
    diff: str = ""


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a tool says to the model, and what it did. A call that is wrong in any way is a result
    with `ok` False, whose `output` says what was wrong and what to do."""

    ok: bool
    output: str
    changes: tuple[Change, ...] = ()


class Snapshot(Struct, frozen=True):
    """How the files that the item may have touched are: path -> digest of the bytes; `gone` are
    those that are not there."""

    files: dict[str, str]
    gone: tuple[str, ...] = ()


class Folder(Protocol):
    """The item's folder, with the tools that work in it and nowhere else."""

    @property
    def tools(self) -> Sequence[dict[str, Any]]:
        """As they go on the wire: {"type": "function", "function": {...}}."""

    async def use(self, call: ToolCall) -> ToolResult:
        """Do what the model wants. Raises OSError only where the disk itself fails."""

    async def apply(self, changes: Sequence[Change]) -> None:
        """Have the files be as they were after these changes: for taking a task up again."""

    async def snapshot(self) -> Snapshot:
        """How its files are now; the bytes are kept for `restore`."""

    async def restore(self, snapshot: Snapshot) -> tuple[Change, ...]:
        """Have its files be as they were then; what that changed."""


# -------------------------------------------------------------------------------------- the book


class Book(Protocol):
    """The transcript of one item, piece by piece, and the money that its calls cost."""

    async def pieces(self) -> Sequence[bytes]:
        """Those that were kept, oldest first; empty for a new item."""

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        """Set that much aside for a call that is about to be made; `so_far` is what the item has
        spent before it. When this returns, all that was handed over before the last `reserve` is on
        disk, and the rest on its way. Raises SpendRefused; PutOff where the task is to be gone on
        with later, which goes through the engine; and OSError."""

    async def hand_over(self, piece: bytes, so_far: Spend) -> None:
        """Append a piece, which is on its way to the disk then: `keep` waits for it, and the second
        `reserve` after it. Raises OSError."""

    async def keep(self, piece: bytes, so_far: Spend) -> None:
        """Append a piece: JSON Lines, see `executors.agent.engine.records`. It is on disk when this
        returns, and what was reserved is over. Raises OSError."""

    async def finish(self, piece: bytes, so_far: Spend) -> None:
        """Append the last piece: it is on disk before the item counts as ended, and what was
        reserved is over then. Raises OSError."""
