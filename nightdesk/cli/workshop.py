"""The commands for what pictures are made by, and what was learned from them: presets, characters
and models. Added by `nightdesk.cli.app`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from nightdesk.cli.called import called
from nightdesk.cli.kept import read_file
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clean, clock, put, put_json, put_table, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import Client

_HERE = Reach()
Id = Annotated[str, Parameter(name="ID")]
File = Annotated[str, Parameter(name="FILE")]
Tags = Annotated[tuple[str, ...], Parameter(negative="")]


class PresetCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, category: str = "", search: str = "", at: At = _HERE) -> int:
        """List presets.

        Parameters
        ----------
        category
            Only those of it.
        search
            Only those with this in name or description.
        """
        with at.client(self._words) as client:
            kept = client.presets(category=category, search=search)
        if at.json:
            for preset in kept:
                put_json(preset)
            return EXIT_OK
        if not kept:
            tell(self._words("presets.none"))
        put_table(
            ("id", "", "category", "changed", "name"),
            (
                (x.id, "*" if x.is_default else "", x.category, clock(x.updated_at), x.name)
                for x in kept
            ),
        )
        return EXIT_OK

    def show(self, preset: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.preset(preset_of(client, preset, self._words))
        put_json(kept if at.json else kept.config)
        return EXIT_OK

    def put(
        self,
        file: File,
        /,
        *,
        name: str | None = None,
        category: str | None = None,
        description: str | None = None,
        default: Annotated[bool, Parameter(negative="")] = False,
        at: At = _HERE,
    ) -> int:
        """Keep a JSON file as a preset.

        Parameters
        ----------
        file
            A JSON object with fields of a job of pictures (docs/generate.md), and whatever else.
        name
            What it is called (else: as the file); one that is called so is replaced.
        category
            The group that it belongs to.
        description
            What it is for.
        default
            Let it be the default one.
        """
        config = _object_in(file, self._words)
        name = name or Path(file).stem
        said: dict[str, Any] = {"category": category, "description": description}
        said["is_default"] = True if default else None
        with at.client(self._words) as client:
            id = called(client.presets(), name, self._words)
            if id is None:
                kept = client.add_preset(name, config, **said)
            else:
                kept = client.set_preset(id, config=config, **said)
        if at.json:
            put_json(kept.preset)
        else:
            put(kept.preset.id)
            tell(self._words("presets.kept", name=clean(kept.preset.name), id=kept.preset.id))
        return EXIT_OK

    def delete(self, preset: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            client.delete_preset(preset_of(client, preset, self._words))
        tell(self._words("library.forgotten", id=clean(preset)))
        return EXIT_OK

    def default(self, preset: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.set_default_preset(preset_of(client, preset, self._words))
        tell(self._words("presets.is_default", name=clean(kept.preset.name)))
        return EXIT_OK

    def export(
        self, *preset: Annotated[str, Parameter(name="ID")], out: Path, at: At = _HERE
    ) -> int:
        """Write presets to a file.

        Parameters
        ----------
        preset
            Their ids or names (else: all).
        out
            The file.
        """
        with at.client(self._words) as client:
            ids = [preset_of(client, each, self._words) for each in preset]
            file = client.export_presets(ids)
        data = msgspec.json.format(msgspec.json.encode(file)) + b"\n"
        try:
            out.write_bytes(data)
        except OSError as error:
            said = {"path": out, "reason": error.strerror}
            raise UsageError(self._words("cannot_write", **said)) from error
        tell(self._words("exported", size=len(data), path=out))
        return EXIT_OK

    def import_(self, file: File, /, *, at: At = _HERE) -> int:
        """Take in a file of presets.

        Parameters
        ----------
        file
            What `presets export` has written, or a config of an older system's.
        """
        value = _object_in(file, self._words)
        with at.client(self._words) as client:
            kept = client.import_presets(value)
        for preset in kept:
            if at.json:
                put_json(preset)
            else:
                put(preset.id)
        return EXIT_OK


class CharacterCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.characters()
        if at.json:
            for character in kept:
                put_json(character)
            return EXIT_OK
        if not kept:
            tell(self._words("characters.none"))
        put_table(
            ("id", "changed", "name", "description"),
            ((x.id, clock(x.updated_at), x.name, x.description) for x in kept),
        )
        return EXIT_OK

    def show(self, character: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.character(character_of(client, character, self._words))
        if at.json:
            put_json(kept)
        else:
            weights = kept.tag_weights
            put_table(("tag", "weight"), ((tag, weights.get(tag, "")) for tag in kept.tags))
        return EXIT_OK

    def put(
        self,
        name: Annotated[str, Parameter(name="NAME")],
        /,
        *,
        tag: Tags = (),
        source: str = "",
        min_frequency: int | None = None,
        min_weight: float | None = None,
        description: str | None = None,
        at: At = _HERE,
    ) -> int:
        """Keep a character; one that is called so is replaced.

        Parameters
        ----------
        name
            What it is called.
        tag
            A tag of it; repeatable (else: what the tags of the pictures have in common).
        source
            Whose tags they are: a tag job or a folder of the server's (else: all tag jobs).
        min_frequency
            In so many pictures a tag must be.
        min_weight
            So sure of it the model must have been, 0 to 1.
        description
            Who it is.
        """
        with at.client(self._words) as client:
            found = client.extract_character(
                source=source, min_frequency=min_frequency, min_weight=min_weight
            )
            tags = list(dict.fromkeys(tag)) or list(found.tag_weights)
            if not tags:
                raise UsageError(self._words("characters.no_tags", count=found.total_files))
            weights = {each: found.tag_weights.get(each, 1.0) for each in tags}
            said: dict[str, Any] = {"tag_weights": weights, "description": description}
            id = called(client.characters(), name, self._words)
            if id is None:
                kept = client.add_character(name, tags, **said)
            else:
                kept = client.set_character(id, tags=tags, **said)
        if at.json:
            put_json(kept)
        else:
            put(kept.character.id)
            told = {"name": clean(kept.character.name), "count": len(kept.tags)}
            tell(self._words("characters.kept", **told))
        return EXIT_OK

    def delete(self, character: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            client.delete_character(character_of(client, character, self._words))
        tell(self._words("library.forgotten", id=clean(character)))
        return EXIT_OK


class ModelCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.models()
        if at.json:
            for model in kept:
                put_json(model)
            return EXIT_OK
        if not kept:
            tell(self._words("models.none"))
        put_table(
            ("id", "accuracy", "labels", "pictures", "bytes", "made", "name"),
            (
                (
                    x.id,
                    share(x.accuracy),
                    x.labels,
                    x.pictures,
                    x.size_bytes,
                    clock(x.created_at),
                    x.name,
                )
                for x in kept
            ),
        )
        return EXIT_OK

    def show(self, model: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.model(model_of(client, model, self._words))
        if at.json:
            put_json(kept)
            return EXIT_OK
        said = {"accuracy": share(kept.model.accuracy), "labels": kept.model.labels}
        tell(self._words("models.known" if said["accuracy"] else "models.unjudged", **said))
        put_table(
            ("label", "learned", "kept back", "precision", "recall"),
            (
                (
                    row["label"],
                    row["learned_n"],
                    row["validated_n"],
                    share(row["precision"]),
                    share(row["recall"]),
                )
                for row in kept.report.get("by_label", ())
            ),
        )
        return EXIT_OK

    def download(self, model: Id, /, *, out: Path | None = None, at: At = _HERE) -> int:
        """Write a model to a file.

        Parameters
        ----------
        model
            Its id, or its name.
        out
            The file (else: ID.onnx).
        """
        with at.client(self._words) as client:
            id = model_of(client, model, self._words)
            to = out or Path(f"{id}.onnx")
            try:
                size_bytes = client.model_file(id, to)
            except OSError as error:
                said = {"path": to, "reason": error.strerror}
                raise UsageError(self._words("cannot_write", **said)) from error
        tell(self._words("exported", size=size_bytes, path=to))
        return EXIT_OK

    def rename(
        self, model: Id, name: Annotated[str, Parameter(name="NAME")], /, *, at: At = _HERE
    ) -> int:
        with at.client(self._words) as client:
            kept = client.rename_model(model_of(client, model, self._words), name)
        tell(self._words("models.renamed", id=kept.model.id, name=clean(kept.model.name)))
        return EXIT_OK

    def delete(self, model: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            client.delete_model(model_of(client, model, self._words))
        tell(self._words("library.forgotten", id=clean(model)))
        return EXIT_OK


def preset_of(client: Client, named: str, words: Words) -> str:
    """The id of the preset that is called that. Raises UsageError."""
    return _known(called(client.presets(), named, words), "presets.unknown", named, words)


def character_of(client: Client, named: str, words: Words) -> str:
    """The id of the character that is called that. Raises UsageError."""
    return _known(called(client.characters(), named, words), "characters.unknown", named, words)


def model_of(client: Client, named: str, words: Words) -> str:
    """The id of the model that is called that. Raises UsageError."""
    return _known(called(client.models(), named, words), "models.unknown", named, words)


def share(of_one: float | None) -> str:
    """As a percentage; nothing where nothing was kept back to tell it by."""
    return "" if of_one is None else f"{of_one:.1%}"


def _known(id: str | None, word: str, named: str, words: Words) -> str:
    if id is None:
        raise UsageError(words(word, name=clean(named)))
    return id


def _object_in(path: str, words: Words) -> dict[str, Any]:
    """Raises UsageError."""
    data = read_file(path, words)
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        said = {"path": clean(path), "reason": clean(error)}
        raise UsageError(words("workshop.not_json", **said)) from error
