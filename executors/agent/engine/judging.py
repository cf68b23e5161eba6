"""What the judge of a round gets to see. Pure.

Used by `executors.agent.engine.working`; made of what was recorded, so that a task that goes on
asks its judge the same.
"""

from __future__ import annotations

from executors.agent.engine import prompts
from executors.agent.engine.seen import SeenFiles
from executors.agent.engine.state import State
from executors.agent.ports import Message

MAX_LISTED = 300
CONTENTS_CHARS = 24_000
LAST_WORDS_CHARS = 8_000
PROMPT_CHARS = 60_000


def judge_messages(state: State) -> list[Message]:
    """One system text and one of a user: no history, so a round costs no more than its own."""
    parts = (
        prompts.section("The task", _head(state.task.first_prompt, PROMPT_CHARS)),
        prompts.section(f"Files of the folder, after round {state.round}", _files(state.seen)),
        prompts.section("Changed in this round", _diffs(state.seen)),
        prompts.section("Contents", _contents(state.seen)),
        prompts.section("Tools that were used in this round", _used(state)),
        prompts.section("Last words", _head(state.last_response, LAST_WORDS_CHARS) or "(none)"),
    )
    return [
        Message(role="system", content=prompts.JUDGE),
        Message(role="user", content="\n\n".join(parts)),
    ]


def _files(seen: SeenFiles) -> str:
    lines = [f"- {path} ({file.size_bytes:,} bytes)" for path, file in sorted(seen.files.items())]
    return prompts.listing(lines[:MAX_LISTED], len(lines) - MAX_LISTED, "(none was written)")


def _diffs(seen: SeenFiles) -> str:
    """Of new files the contents say more."""
    changed = set(seen.of_round)
    shown = [diff for path, diff in seen.diffs if path in changed and not seen.is_new(path)]
    new = [f"- {path} is new" for path in sorted(changed) if seen.is_new(path)]
    return prompts.listing([*new, *shown], 0, "(no file)")


def _contents(seen: SeenFiles) -> str:
    """Those changed last come first, as far as there is room."""
    room = CONTENTS_CHARS
    shown: list[str] = []
    for path, file in reversed(seen.files.items()):
        if file.head is None or room <= 0:
            continue
        head = file.head[:room]
        room -= len(head)
        cut = "" if len(head.encode()) == file.size_bytes else "\n(cut here)"
        shown.append(f"### {path}\n\n{head}{cut}")
    return prompts.listing(shown, 0, "(none)")


def _used(state: State) -> str:
    return prompts.listing(state.used, state.used_n - len(state.used), "(none)")


def _head(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}\n(cut here)"
