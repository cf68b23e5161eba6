"""Reading a desk from its file, or making its file. Called by the supervisor before each life."""

from __future__ import annotations

from actors.house import House
from actors.ports import DeskKey
from state.errors import DeskMissing
from state.model import DeskState


async def open_state(desk: DeskKey, house: House, *, create: bool) -> DeskState:
    """What is on disk. Raises DeskMissing (unless `create`), DeskUnreadable, StorageError."""
    try:
        loaded = await house.store.load(desk)
    except DeskMissing:
        if not create:
            raise
        state = DeskState(created_at=house.now())
        await house.store.save(desk, state)
        return state
    if loaded.sweep_error is not None:
        house.log.warning("left-over files stay", desk=desk[:8], error=loaded.sweep_error)
    return loaded.state
