"""What disks do to what was not synced, from kind to as unkind as POSIX allows.

`ordered`   one journal for all names: they survive in the order of their making, up to some point,
            and at least up to the last sync of any folder. Data survives as a beginning of it.
`folders`   each folder has a journal of its own; a rename between two folders is two changes. Files
            may have grown without their data: zeros.
`weakest`   each change of a name survives or not, whatever came before it, also the two of which a
            rename consists. Grown parts of files may hold anything: garbage, or some pages and
            not others.

What was synced is whole in all of them: a disk that lies about flushes is beyond any program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product
from random import Random

from msgspec import Struct

from torture.powerloss.platter import Grew, Image, Platter, Unit, written

PAGE_BYTES = 64  # far smaller than real ones, as the simulated files are
_RANDOM_CHOICES = 6


class Survivor(Struct, frozen=True):
    """Which names survived (places in the list of units), and how each unsynced file did."""

    names: tuple[int, ...]
    data: tuple[str, ...]


class Model(Struct, frozen=True):
    """`units` are the names that survive together; `names` proposes sets of them; `ways` are how
    an unsynced file may be found."""

    name: str
    units: Callable[[Platter], list[Unit]]
    names: Callable[[Platter, Sequence[Unit], Random], Iterator[tuple[int, ...]]]
    ways: tuple[str, ...]

    def images(self, platter: Platter, seed: str, at_most: int) -> Iterator[Image]:
        """Distinct survivors as images, always in the same order for the same seed."""
        random = Random(seed)
        units = self.units(platter)
        files = list(platter.unsynced_data)
        for survivor in self._survivors(platter, units, random, len(files), at_most):
            contents = {
                node: found(platter, node, way, random)
                for node, way in zip(files, survivor.data, strict=True)
            }
            yield platter.image([units[place] for place in survivor.names], contents)

    def _survivors(
        self, platter: Platter, units: Sequence[Unit], random: Random, files: int, at_most: int
    ) -> list[Survivor]:
        names = list(dict.fromkeys(self.names(platter, units, random)))
        data = list(dict.fromkeys(self._data(files, random)))
        if len(names) * len(data) <= at_most:
            return [Survivor(*pair) for pair in product(names, data)]
        # Everything lost and everything kept first; then each choice of names with any of data.
        some = [Survivor(names[0], data[0]), Survivor(names[-1], data[-1])]
        if len(names) >= at_most:
            names = random.sample(names, at_most)
        rest = [Survivor(chosen, random.choice(data)) for chosen in names]
        while len(rest) < at_most:
            rest.append(Survivor(random.choice(names), random.choice(data)))
        return list(islice(dict.fromkeys(some + rest), at_most))

    def _data(self, files: int, random: Random) -> Iterator[tuple[str, ...]]:
        """None of it, each way for all files, a few mixtures; at last all of it."""
        for way in self.ways[:-1]:
            yield (way,) * files
        if files > 1:
            for _ in range(_RANDOM_CHOICES):
                yield tuple(random.choice(self.ways) for _ in range(files))
        yield (self.ways[-1],) * files


def found(platter: Platter, node: int, way: str, random: Random) -> bytes:
    """The contents of an unsynced file after the loss."""
    durable, latest = platter.durable(node), platter.latest(node)
    changes = platter.unsynced_data[node]
    match way:
        case "none":
            return durable
        case "first":
            return written(durable, changes[:1])
        case "torn":
            last = changes[-1]
            before = written(durable, changes[:-1])
            if not isinstance(last, Grew):
                return before
            return before + last.data[: random.randrange(len(last.data) + 1)]
        case "zeros" | "garbage" | "holes":
            same = _common(durable, latest)
            return latest[:same] + _spoiled(latest[same:], way, random)
        case _:
            return latest


def _common(one: bytes, other: bytes) -> int:
    """How many bytes at the beginning are the same: those are on the disk."""
    size = min(len(one), len(other))
    return next((at for at in range(size) if one[at] != other[at]), size)


def _spoiled(data: bytes, way: str, random: Random) -> bytes:
    if way == "zeros":
        return bytes(len(data))
    if way == "garbage":
        return random.randbytes(len(data))
    pages = [data[at : at + PAGE_BYTES] for at in range(0, len(data), PAGE_BYTES)]
    lost = random.randrange(2)
    return b"".join(
        bytes(len(page)) if place % 2 == lost else page for place, page in enumerate(pages)
    )


def _calls(platter: Platter) -> list[Unit]:
    return platter.unsynced_names


def _halves(platter: Platter) -> list[Unit]:
    """Each call's changes, one folder's apart from the other's."""
    return [
        Unit(unit.number, tuple(slot for slot in unit.slots if slot[0] == folder))
        for unit in platter.unsynced_names
        for folder in dict.fromkeys(slot[0] for slot in unit.slots)
    ]


def _slots(platter: Platter) -> list[Unit]:
    """Each name by itself: a rename may have taken the old one and not given the new, or both."""
    return [Unit(unit.number, (slot,)) for unit in platter.unsynced_names for slot in unit.slots]


def _prefixes(platter: Platter, units: Sequence[Unit], random: Random) -> Iterator[tuple[int, ...]]:
    sure = sum(unit.number < platter.calls_at_sync for unit in units)
    for count in range(sure, len(units) + 1):
        yield tuple(range(count))


def _prefixes_by_folder(
    platter: Platter, units: Sequence[Unit], random: Random
) -> Iterator[tuple[int, ...]]:
    by_folder: dict[int, list[int]] = {}
    for place, unit in enumerate(units):
        by_folder.setdefault(unit.slots[0][0], []).append(place)
    whole: Mapping[int, int] = {folder: len(places) for folder, places in by_folder.items()}
    yield ()
    for folder, places in by_folder.items():
        for count in range(len(places)):
            yield _chosen(by_folder, {**whole, folder: count})
            yield tuple(places[:count])
    for _ in range(_RANDOM_CHOICES):
        yield _chosen(by_folder, {folder: random.randint(0, n) for folder, n in whole.items()})
    yield tuple(range(len(units)))


def _chosen(by_folder: Mapping[int, list[int]], counts: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(sorted(place for folder, n in counts.items() for place in by_folder[folder][:n]))


def _any(platter: Platter, units: Sequence[Unit], random: Random) -> Iterator[tuple[int, ...]]:
    places = range(len(units))
    yield ()
    for one in places:
        yield (one,)
        yield tuple(place for place in places if place != one)
    for _ in range(_RANDOM_CHOICES):
        yield tuple(place for place in places if random.random() < 0.5)
    yield tuple(places)


MODELS = {
    model.name: model
    for model in (
        Model("ordered", _calls, _prefixes, ("none", "first", "torn", "all")),
        Model("folders", _halves, _prefixes_by_folder, ("none", "torn", "zeros", "all")),
        Model("weakest", _slots, _any, ("none", "torn", "zeros", "garbage", "holes", "all")),
    )
}
