"""A recipe: how a site's own search is asked, and where its works and their images are in answers.

Recipes are data, written by us and by operators (`--sources`), never by users. See docs/crawl.md.
Read once, by `nightdesk.serve`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Literal

import msgspec
from msgspec import Struct

from executors.urls import parse_url

MAX_RECIPE_BYTES = 64 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class BadRecipe(Exception):
    """A recipe cannot be used; the message names its file and is shown as it is."""


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """A field of the job's source: what may be said, and what is sent for that."""

    values: dict[str, str]
    default: str


class Step(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One request. Names in braces stand for values, escaped as a part of an address; `cookie`
    says whether the user's is sent along."""

    url: str
    headers: dict[str, str] = {}
    cookie: bool = False


class Details(Step, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How works are asked for whose ids a search told: `each` is written for every one, and goes
    where the address says {ids}."""

    each: str


class Search(Step, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One page of what is found. `works` is where its works are (JSONPath); `keys_of` says instead
    where objects are whose names are the ids of all works, of which a page is `per_page`. `id`,
    `title` and `images` (how many) are members of a work."""

    per_page: int
    works: str
    id: str = "id"
    title: str = "title"
    images: str = ""
    keys_of: tuple[str, ...] = ()
    details: Details | None = None


class Work(Step, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked of one work: `images` is where the addresses of its images are (JSONPath)."""

    images: str


class Images(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How images are asked for."""

    headers: dict[str, str] = {}
    cookie: bool = False


class Recipe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`query` says what is looked for: words (several, with commas between, are joined by
    `and_word`), or a number. `refusal` is where an answer says why it is none (JSONPath)."""

    name: str
    title: str
    query: Literal["words", "number"]
    work: Work
    images: Images = Images()
    search: Search | None = None
    and_word: str = " "
    choices: dict[str, Choice] = {}
    delay_s: float = 1.0
    refusal: str = ""


def read_recipes(folder: Path | None) -> dict[str, Recipe]:
    """Those that come along, and the operator's, which may stand in for them. Raises BadRecipe."""
    shipped = [each for each in files(__package__).iterdir() if each.name.endswith(".json")]
    recipes = [msgspec.json.decode(each.read_bytes(), type=Recipe) for each in shipped]
    if folder is not None:
        try:
            found = sorted(folder.glob("*.json"))
            recipes += [read_recipe(str(path), path.read_bytes()) for path in found]
        except OSError as error:
            raise BadRecipe(f"{folder}: {error.strerror}") from error
    return {recipe.name: recipe for recipe in recipes}


def read_recipe(name: str, data: bytes) -> Recipe:
    """A recipe of which nothing is known yet. Raises BadRecipe."""
    if len(data) > MAX_RECIPE_BYTES:
        raise BadRecipe(f"{name}: is longer than {MAX_RECIPE_BYTES} bytes")
    try:
        recipe = msgspec.json.decode(data, type=Recipe)
    except msgspec.DecodeError as error:
        raise BadRecipe(f"{name}: {error}") from error
    problem = _problem(recipe)
    if problem is not None:
        raise BadRecipe(f"{name}: {problem}")
    return recipe


def _problem(recipe: Recipe) -> str | None:
    """What is wrong with a recipe that has the right fields."""
    if _NAME.fullmatch(recipe.name) is None:
        return "its name must be of lower case letters, digits and dashes"
    for name, choice in recipe.choices.items():
        if choice.default not in choice.values:
            return f"the default of {name} is none of its values"
    for path in _paths(recipe):
        if (reason := _path_reason(path)) is not None:
            return reason
    known = {"query", "id", "page", "offset", "ids", *recipe.choices}
    return next((why for text in _templates(recipe) if (why := _wrong(text, known))), None)


def _paths(recipe: Recipe) -> list[str]:
    search = recipe.search
    of_search = [] if search is None else [search.works, *search.keys_of]
    return [path for path in (recipe.work.images, recipe.refusal, *of_search) if path]


def _path_reason(path: str) -> str | None:
    import jsonpath_rfc9535 as json_path

    try:
        json_path.compile(path)
    except (json_path.JSONPathError, ValueError) as error:
        return f"{path!r} is not a JSON path of RFC 9535 ({error})"
    return None


def _templates(recipe: Recipe) -> list[str]:
    steps: list[Step] = [recipe.work]
    if recipe.search is not None:
        steps.append(recipe.search)
        if recipe.search.details is not None:
            steps.append(recipe.search.details)
    headers = [*recipe.images.headers.values()]
    for step in steps:
        headers += step.headers.values()
    return [*(step.url for step in steps), *headers]


def _wrong(text: str, known: set[str]) -> str | None:
    try:
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        strange = sorted(names - known)
        if strange:
            return f"{text!r} names {strange[0]!r}, which nothing stands for"
        if text.startswith("http"):
            parse_url(text.format_map(dict.fromkeys(known, "1")))
    except (ValueError, IndexError) as error:
        return f"{text!r}: {error}"
    return None


def filled(text: str, values: Mapping[str, str]) -> str:
    """A template with its values, which are escaped already where they must be."""
    return text.format_map(values)
