"""The operator's targets, from the settings: read, looked at, and given ids. Called by
`nightdesk.serve` before anything is touched.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from actors.house import OperatorTarget
from actors.rules.operators import Operator
from nightdesk.config import Config
from nightdesk.ranges import ConfigError
from state.notices import OPERATOR, WEBHOOK_EVENTS
from workers.launch import Place, clean_environment

# More are no help, and a desk's outbox has room for a few notices of each.
MAX_TARGETS = 10
_EVENTS = WEBHOOK_EVENTS[:4]
_USUAL_EVENTS = WEBHOOK_EVENTS[:3]
# Hundreds of modules, on a machine that is busy.
_CHECK_TIMEOUT_S = 60.0


def operator_targets(config: Config) -> tuple[OperatorTarget, ...]:
    """Raises ConfigError, which quotes no target: they have secrets in them."""
    texts = [(f"--notify-target ({at})", text) for at, text in enumerate(config.notify_target, 1)]
    if config.notify_target_file:
        texts += _lines_of(config.notify_target_file)
    unknown = [word for word in config.notify_of if word not in _EVENTS]
    if unknown:
        raise ConfigError(f"--notify-of {unknown[0]!r} is none of {', '.join(_EVENTS)}")
    if len(texts) > MAX_TARGETS:
        raise ConfigError(f"--notify-target: {len(texts)} are more than {MAX_TARGETS}")
    for (place, _), reason in zip(texts, _reasons([text for _, text in texts]), strict=True):
        if reason is not None:
            raise ConfigError(f"{place} {reason}")
    targets = {text: OperatorTarget(_id_of(text), place, text) for place, text in texts}
    return tuple(targets.values())


def operator_of(config: Config, targets: Sequence[OperatorTarget]) -> Operator:
    """What the desks know of them."""
    return Operator(tuple(target.id for target in targets), config.notify_of or _USUAL_EVENTS)


def _lines_of(path: str) -> list[tuple[str, str]]:
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--notify-target-file {path}: {error}") from error
    return [
        (f"--notify-target-file {path} (line {number})", line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _id_of(text: str) -> str:
    """The same after a restart, and nothing from which a weak password could be guessed soon."""
    digest = hashlib.scrypt(text.encode(), salt=OPERATOR.encode(), n=2**14, r=8, p=1, dklen=8)
    return f"{OPERATOR}{digest.hex()}"


def _reasons(texts: list[str]) -> list[str | None]:
    if not texts:
        return []
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "executors.notify.check"],
            input=msgspec.json.encode(texts),
            stdout=subprocess.PIPE,
            env=clean_environment(Place()),
            timeout=_CHECK_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"--notify-target: they cannot be looked at: {error}") from error
    return msgspec.json.decode(done.stdout, type=list[str | None])
