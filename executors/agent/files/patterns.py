"""Patterns of a model's: regular expressions and globs, all run by RE2, which is linear in time.

Raises ToolRefused for what is no pattern. Used by `executors.agent.files.searching`.
"""

from __future__ import annotations

import re
from typing import Any

from executors.agent.files.refused import ToolRefused
from executors.agent.files.settings import MAX_PATTERN_CHARS

_PATTERN_BYTES = 4 * 1024 * 1024


class Pattern:
    """To ask whether it is somewhere in some bytes."""

    def __init__(self, text: str) -> None:
        import re2  # an agent that never searches does not pay for it

        if not text:
            raise ToolRefused("the pattern is empty")
        if len(text) > MAX_PATTERN_CHARS:
            raise ToolRefused(f"the pattern is longer than {MAX_PATTERN_CHARS} characters")
        options = re2.Options()
        options.max_mem = _PATTERN_BYTES
        options.log_errors = False
        try:
            self._compiled: Any = re2.compile(text.encode(), options)
        except re2.error as error:
            why = error.args[0] if error.args else error
            said = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
            raise ToolRefused(
                f"the pattern is no regular expression of RE2 (it has no lookaround and no "
                f"backreferences): {said[:200]}"
            ) from error

    def is_in(self, data: bytes) -> bool:
        return self._compiled.search(data) is not None


def glob_pattern(glob: str) -> Pattern:
    """Of whole paths. One without a slash is of names, at any depth."""
    if len(glob) > MAX_PATTERN_CHARS // 2:
        raise ToolRefused(f"the glob is longer than {MAX_PATTERN_CHARS // 2} characters")
    glob = glob.removeprefix("./")
    if glob.startswith("/") or ".." in glob.split("/"):
        raise ToolRefused("a glob is relative to your folder, like src/**/*.py")
    if not glob:
        raise ToolRefused("the glob is empty: give one like **/*.py")
    beginning = "" if "/" in glob else "(?:.*/)?"
    return Pattern(f"^{beginning}{_Globbed(glob).text}$")


class _Globbed:
    """A glob as an expression: `*`, `**`, `?`, `[a-z]`, `[!a]` and `{one,other}`."""

    def __init__(self, glob: str) -> None:
        self._glob = glob
        # Both are written by `_next`.
        self._at = 0
        self._open = 0
        pieces = []
        while self._at < len(glob):
            pieces.append(self._next())
        if self._open:
            raise ToolRefused("the glob has a { without its }")
        self.text = "".join(pieces)

    def _next(self) -> str:
        rest = self._glob[self._at :]
        for sign, meaning in (("**/", "(?:.*/)?"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")):
            if rest.startswith(sign):
                self._at += len(sign)
                return meaning
        if rest[0] == "[" and (end := rest.find("]", 2)) > 0:
            self._at += end + 1
            negated = rest[1] in "!^"
            inner = re.sub(r"([\\\[\]^&~|])", r"\\\1", rest[1 + negated : end])
            return f"[{'^' if negated else ''}{inner}]" if inner else re.escape(rest[: end + 1])
        self._at += 1
        return self._choice(rest[0])

    def _choice(self, sign: str) -> str:
        if sign == "{":
            self._open += 1
            return "(?:"
        if sign == "}" and self._open:
            self._open -= 1
            return ")"
        if sign == "," and self._open:
            return "|"
        return re.escape(sign)
