"""The tools as the model is told of them, and their arguments as they are read. Pure.

Names and arguments are those that models were trained on. The schema of a tool is written beside
the type that reads its arguments; a test holds the one to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from executors.agent.files.settings import DEFAULT_COMMAND_S, MAX_COMMAND_S

_Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
_Seconds = Annotated[float, Meta(gt=0, le=MAX_COMMAND_S)]


class ListDirectory(Struct, frozen=True):
    path: str = ""
    recursive: bool = False


class ReadFile(Struct, frozen=True):
    path: str
    offset: _Count = 1
    limit: _Count | None = None


class WriteFile(Struct, frozen=True):
    path: str
    content: str


class Replace(Struct, frozen=True):
    path: str
    old_string: str
    new_string: str
    expected_replacements: _Count = 1


class SearchFileContent(Struct, frozen=True):
    pattern: str
    path: str = ""
    glob: str | None = None


class Glob(Struct, frozen=True):
    pattern: str
    path: str = ""


class DeleteFile(Struct, frozen=True):
    path: str


class RunCommand(Struct, frozen=True):
    command: str
    timeout_s: _Seconds = DEFAULT_COMMAND_S


_PATH = "Path of the file, relative to your folder, like src/main.py"
_FOLDER = "Path of a folder, relative to yours; left out, your whole folder"


class ToolShape(Struct, frozen=True):
    """One tool: what reads its arguments, what it is for, and what each argument means."""

    name: str
    arguments: type[Struct]
    description: str
    meanings: dict[str, tuple[str, str]]

    def wire(self) -> dict[str, Any]:
        """As it goes to the model."""
        properties = {
            name: {"type": kind, "description": meaning}
            for name, (kind, meaning) in self.meanings.items()
        }
        fields = self.arguments.__struct_fields__
        required = list(fields[: len(fields) - len(self.arguments.__struct_defaults__)])
        parameters = {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
        described = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": described}


FILE_TOOLS: Sequence[ToolShape] = (
    ToolShape(
        "list_directory",
        ListDirectory,
        "List what is in your folder, or in a folder in it, with the sizes of the files.",
        {
            "path": ("string", _FOLDER),
            "recursive": ("boolean", "Also what is in the folders within; default false"),
        },
    ),
    ToolShape(
        "read_file",
        ReadFile,
        "Read a text file. A long one comes in pages: the answer says how to go on.",
        {
            "path": ("string", _PATH),
            "offset": ("integer", "Number of the first line to read, counted from 1; default 1"),
            "limit": ("integer", "How many lines to read at most; default: as many as fit"),
        },
    ),
    ToolShape(
        "write_file",
        WriteFile,
        "Write a whole text file, new or in the place of the old one. Folders are made as needed.",
        {
            "path": ("string", _PATH),
            "content": ("string", "The whole text of the file"),
        },
    ),
    ToolShape(
        "replace",
        Replace,
        "Edit a file: replace a piece of its text by another. The text must be given exactly, with "
        "its spaces and line ends, and enough of it to be there just once.",
        {
            "path": ("string", _PATH),
            "old_string": ("string", "The text to replace, exactly as it is in the file"),
            "new_string": ("string", "The text that takes its place; may be empty"),
            "expected_replacements": (
                "integer",
                "In how many places old_string is, where it is to be replaced in all; default 1",
            ),
        },
    ),
    ToolShape(
        "search_file_content",
        SearchFileContent,
        "Find the lines of files that match a regular expression (RE2 syntax). Answers with "
        "path:line: text.",
        {
            "pattern": ("string", "The regular expression, looked for in each line"),
            "path": ("string", "Path of the folder or file to search; left out, your whole folder"),
            "glob": ("string", "Only in files that match this, like *.py or src/**/*.ts"),
        },
    ),
    ToolShape(
        "glob",
        Glob,
        "Find files by their path, like **/*.py or src/*.{js,ts}. A pattern without a slash is "
        "looked for in all folders.",
        {
            "pattern": ("string", "The pattern: *, **, ?, [a-z], {one,other}"),
            "path": ("string", _FOLDER),
        },
    ),
    ToolShape(
        "delete_file",
        DeleteFile,
        "Delete a file.",
        {"path": ("string", _PATH)},
    ),
)

COMMAND_TOOL = ToolShape(
    "run_command",
    RunCommand,
    "Run a shell command in your folder (sh -c). It has no network, nothing to type into, and no "
    "files but yours and the system's programs; what it leaves running ends with it. You see the "
    "end of what it prints, and files that it changes.",
    {
        "command": ("string", "The command, like python3 -m unittest"),
        "timeout_s": (
            "number",
            f"Seconds after which it is ended; default {DEFAULT_COMMAND_S:g}, at most "
            f"{MAX_COMMAND_S:g}",
        ),
    },
)
