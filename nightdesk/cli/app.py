"""Builds the command line and runs it: the one place that turns an error into words and a code.

With `--json` an error is JSON too, in the shape of the API, on stderr.

Codes: 0 done; 1 the job that was followed ended with failures; 2 refused, or asked wrongly; 3 no
server answered, or it could not; 130 interrupted.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Any, get_args
from urllib.parse import urlsplit

from cyclopts import (
    App,
    ArgumentCollection,
    CycloptsError,
    Parameter,
    UnknownCommandError,
    UnusedCliTokensError,
)
from cyclopts.config import Env

from nightdesk.cli import doctor, server
from nightdesk.cli.terminal import clean, tell, tell_json
from nightdesk.cli.tokens import TokenCommands
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import NightdeskError, Refused
from nightdesk.client.errors import NotRunning
from nightdesk.config import Config
from nightdesk.ranges import ConfigError
from state.text import redacted

EXIT_REFUSED = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130

_ERRORS_SHOWN = 20
# The fields that are lists of domains: what has an index there is no item of a batch.
_LISTS = ("allow", "deny")
# Fields of an item that need no naming: all of it, and what a line of a list of URLs is.
_WHOLE = (None, "item", "items", "url")
# Fields of a schedule as they are said here. `timezone` alone is a browser's, too.
_OF_SCHEDULES = {
    "start": "--from",
    "end": "--until",
    "interval_min": "--every",
    "work_days": "--days",
    "max_delay_min": "--random-delay",
    "holidays": "--holidays",
}
# Fields of a job of documents, where the flag is called otherwise, or nothing else has them.
_OF_DOCUMENTS = {
    "templates": "--template",
    "data_source": "--data",
    "mappings": "--map",
    "file_name": "--name",
    "filter": "--filter",
}
_FLAGS = {
    **_OF_DOCUMENTS,
    **_OF_SCHEDULES,
    **{f"schedule.{field}": flag for field, flag in _OF_SCHEDULES.items()},
    "schedule.timezone": "--zone",
}


def build_app(words: Words, start: server.Start = server.start_server, *, first: str = "") -> App:
    """All commands, with their help in the user's language; `serve` hands its Config to `start`.

    By the `first` word there may be fewer: the server should not load an HTTP client, and a batch
    of agents need not wait for commands that ask a server.
    """
    app = App(
        name="nightdesk",
        help=words("app"),
        version=_version,
        config=[check_numbers],
        suppress_keyboard_interrupt=False,
    )
    serving = App(
        name="serve",
        help=words("serve"),
        config=[Env("NIGHTDESK_", command=False), check_numbers],
        default_parameter=Parameter(env_var_split=server.split_variable),
    )
    serving.default(server.serve_command(start))
    app.command(serving)
    tokens = TokenCommands(words)
    app.command(tokens.token, name="token", help=words("token"))
    app.command(tokens.rotate_secret, name="rotate-secret", help=words("rotate-secret"))
    app.command(doctor.doctor_command(words), name="doctor", help=words("doctor"))
    if first == "agents":
        _add_agents(app, words)
    elif first != "serve":
        _add_client_commands(app, words)
    return app


def _add_client_commands(app: App, words: Words) -> None:
    from nightdesk.cli.audit import AuditCommand
    from nightdesk.cli.chart import ChartCommand
    from nightdesk.cli.crashtest import CrashtestCommand
    from nightdesk.cli.egress import EgressCommand
    from nightdesk.cli.estimate import EstimateCommands
    from nightdesk.cli.folders import FoldersCommand
    from nightdesk.cli.grants import GrantCommands
    from nightdesk.cli.journeys import JourneyCommands
    from nightdesk.cli.ledger import LedgerCommand
    from nightdesk.cli.library import TableCommands, TemplateCommands
    from nightdesk.cli.links import LinkCommand
    from nightdesk.cli.operator import OperatorCommand
    from nightdesk.cli.pictures import PictureCommands
    from nightdesk.cli.shares import ShareCommands
    from nightdesk.cli.webhooks import WebhookCommands
    from nightdesk.cli.webui import WebUICommands

    app.command(CrashtestCommand(words).crashtest, name="crashtest", help=words("crashtest"))
    app.command(AuditCommand(words).audit, name="audit", help=words("audit"))
    app.command(ChartCommand(words).chart, name="chart", help=words("chart"))
    app.command(EgressCommand(words).egress, name="egress", help=words("egress"))
    app.command(LedgerCommand(words).ledger, name="ledger", help=words("ledger"))
    estimates = EstimateCommands(words)
    for name in ("estimate", "kinds"):
        app.command(getattr(estimates, name), name=name, help=words(name))
    grants = GrantCommands(words)
    app.command(grants.grant, name="grant", help=words("grant"))
    app.command(grants.plan, name="plan", help=words("plan"))
    app.command(OperatorCommand(words).operator, name="operator", help=words("operator"))
    rotate_link = LinkCommand(words).rotate_link
    app.command(rotate_link, name="rotate-link", help=words("rotate-link"))
    _add_submit(app, words)
    for group, library in (
        ("templates", TemplateCommands(words)),
        ("tables", TableCommands(words)),
    ):
        _add_group(app, words, group, library, ("list", "add", "show", "remove"))
    pictures = PictureCommands(words)
    _add_group(app, words, "pictures", pictures, ("list", "add", "remove"))
    _add_workshop(app, words)
    _add_agents(app, words)
    kept = JourneyCommands(words)
    _add_group(app, words, "journeys", kept, ("list", "put", "export", "start"))
    webui = WebUICommands(words)
    _add_group(app, words, "webui", webui, ("status", "start", "stop", "logs"))
    told = WebhookCommands(words)
    _add_group(app, words, "webhooks", told, ("list", "add", "remove", "test"))
    app.command(FoldersCommand(words).folders, name="folders", help=words("folders"))
    shares = ShareCommands(words)
    for name in ("share", "shares", "unshare", "qr"):
        app.command(getattr(shares, name), name=name, help=words(name))
    _add_of_jobs(app, words)


def _add_of_jobs(app: App, words: Words) -> None:
    """What is there for every job."""
    from nightdesk.cli.failures import FailureCommands
    from nightdesk.cli.jobs import JobCommands

    commands = JobCommands(words)
    failures = FailureCommands(words)
    for names, those in (
        (("watch", "jobs"), commands),
        (("items", "causes", "hosts"), failures),
        (("export", "files", "log", "start", "pause", "resume", "cancel"), commands),
        (("retry", "repeat", "slow"), failures),
        (("delete",), commands),
    ):
        for name in names:
            app.command(getattr(those, name), name=name, help=words(name))


def _add_submit(app: App, words: Words) -> None:
    """Jobs, by their kinds."""
    from nightdesk.cli.crawl import CrawlCommand
    from nightdesk.cli.documents import DocumentCommand
    from nightdesk.cli.generate import GenerateCommand
    from nightdesk.cli.learn import LearnCommands
    from nightdesk.cli.other import OtherCommand
    from nightdesk.cli.submit import SubmitCommands
    from nightdesk.cli.tag import TagCommand

    batches = SubmitCommands(words)
    submit = _add_group(app, words, "submit", batches, ("fetch", "visit", "tab"))
    document = DocumentCommand(words).document
    submit.command(document, name="document", help=words("submit.document"))
    generate = GenerateCommand(words).generate
    submit.command(generate, name="generate", help=words("submit.generate"))
    crawl = CrawlCommand(words).crawl
    submit.command(crawl, name="crawl", help=words("submit.crawl"))
    submit.command(TagCommand(words).tag, name="tag", help=words("submit.tag"))
    learning = LearnCommands(words)
    submit.command(learning.train, name="train", help=words("submit.train"))
    submit.command(learning.classify, name="classify", help=words("submit.classify"))
    submit.command(OtherCommand(words).job, name="job", help=words("submit.job"))


def _add_agents(app: App, words: Words) -> None:
    """Batches of agents, which need no server; without another word they ask."""
    from nightdesk.cli.agents import AgentCommands

    agents = AgentCommands(words)
    group = _add_group(app, words, "agents", agents, ("run", "demo", "view", "costs"))
    group.default(agents.menus)


def _add_workshop(app: App, words: Words) -> None:
    """What a desk keeps for its pictures."""
    from nightdesk.cli.workshop import CharacterCommands, ModelCommands, PresetCommands

    presets = PresetCommands(words)
    names = ("list", "show", "put", "delete", "default", "export")
    of_presets = _add_group(app, words, "presets", presets, names)
    # The word is taken by the language.
    of_presets.command(presets.import_, name="import", help=words("presets.import"))
    characters = CharacterCommands(words)
    _add_group(app, words, "characters", characters, ("list", "show", "put", "delete"))
    models = ModelCommands(words)
    of_models = ("list", "show", "download", "rename", "delete")
    _add_group(app, words, "models", models, of_models)


def _add_group(app: App, words: Words, group: str, commands: object, names: Sequence[str]) -> App:
    """Commands of two words. Returns the group."""
    inner = App(name=group, help=words(group))
    for name in names:
        inner.command(getattr(commands, name), name=name, help=words(f"{group}.{name}"))
    app.command(inner)
    return inner


def check_numbers(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Numbers are written plainly: 1.5 is no whole number, and 0x10, 1_0 and nan are none."""
    for argument in arguments:
        kinds = {argument.hint, *get_args(argument.hint)} & {int, float}
        for token in argument.tokens if kinds else ():
            pattern = r"-?[0-9]+(\.[0-9]+)?" if float in kinds else r"-?[0-9]+"
            if isinstance(token.value, str) and not re.fullmatch(pattern, token.value):
                what = "number" if float in kinds else "whole number"
                raise ConfigError(f"{token.keyword}: {token.value!r} is no {what}")


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    start: server.Start = server.start_server,
) -> int:
    """Do what the arguments say; returns the exit code."""
    words = Words.of(environment)
    app = build_app(words, start, first=arguments[0] if arguments else "")
    try:
        code = app(
            arguments,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
        sys.stdout.flush()
    except CycloptsError as error:
        said = _not_expected(error, words) or clean(error) + _kind_wanted(error, arguments, words)
        return _refuse(redacted(said), as_json="--json" in arguments)
    except (UsageError, ConfigError) as error:
        return _refuse(redacted(str(error)), as_json="--json" in arguments)
    except NightdeskError as error:
        if "--json" in arguments:
            _tell_error(error.code, error.message, error.details)
        else:
            _explain(error, words)
        return EXIT_REFUSED if isinstance(error, Refused) else EXIT_UNREACHABLE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _not_expected(error: CycloptsError, words: Words) -> str:
    """Empty where something else is wrong."""
    if not isinstance(error, UnusedCliTokensError):
        return ""
    command = " ".join(("nightdesk", *(error.command_chain or ())))
    given = clean(shlex.join(error.unused_tokens or ()))
    return words("not_expected", given=given, command=clean(command))


def _kind_wanted(error: CycloptsError, arguments: Sequence[str], words: Words) -> str:
    """For `submit FILE`, where the kind of the job is left out: how it is written."""
    if not isinstance(error, UnknownCommandError) or list(arguments[:1]) != ["submit"]:
        return ""
    return " " + words("submit.no_kind", file=clean(shlex.quote(arguments[1])))


def _refuse(message: str, *, as_json: bool) -> int:
    if as_json:
        _tell_error("usage", message, {})
    else:
        tell(f"nightdesk: {message}")
    return EXIT_REFUSED


def _tell_error(code: str, message: str, details: dict[str, Any]) -> None:
    tell_json({"error": {"code": code, "message": message, "details": details}})


def _explain(error: NightdeskError, words: Words) -> None:
    field, colon, rest = error.message.partition(":")
    message = f"{_FLAGS.get(field, field)}{colon}{rest}"
    tell(f"nightdesk: {clean(message)} ({error.code})")
    listed = error.details.get("errors")
    if isinstance(listed, list):
        said = 1 if listed and _is_said(listed[0], error.message) else 0
        for entry in listed[said:_ERRORS_SHOWN]:
            tell("  " + _wrong(entry, words))
        count = int(error.details.get("error_count", len(listed)))
        if count > _ERRORS_SHOWN:
            tell("  " + words("more_errors", count=count - _ERRORS_SHOWN))
    if isinstance(error, NotRunning):
        tell(_advice(str(error.details["url"]), words))


def _is_said(entry: object, message: str) -> bool:
    """Whether the message itself tells all that there is to tell of the first error."""
    if not isinstance(entry, dict) or _item_of(entry) is not None:
        return False
    return str(entry.get("reason")) in message and str(entry.get("field")) in (
        "items",
        message.partition(":")[0],
    )


def _advice(url: str, words: Words) -> str:
    """What starts a server where none listens; on another machine that is not for us to say."""
    from nightdesk.client.transport import is_loopback

    if not is_loopback(url):
        return words("start_elsewhere")
    port = urlsplit(url).port or 80
    flag = "" if port == Config().port else f" --port {port}"
    return words("start_server", command=f"nightdesk serve{flag}")


def _item_of(entry: dict[str, Any]) -> object:
    return None if entry.get("field") in _LISTS else entry.get("index")


def _wrong(entry: object, words: Words) -> str:
    if not isinstance(entry, dict):
        return clean(entry)
    reason = clean(entry.get("reason"))
    if _item_of(entry) is not None and entry.get("field") not in _WHOLE:
        reason = words("bad_field", field=clean(entry.get("field")), reason=reason)
    if entry.get("line") is not None:
        return words("bad_line", line=entry["line"], index=entry["index"], reason=reason)
    if entry.get("where") is not None:
        place = clean(entry["where"])
        return words("bad_place", place=place, index=entry["index"], reason=reason)
    if _item_of(entry) is not None:
        return words("bad_item", index=entry["index"], reason=reason)
    field = entry.get("field")
    return words("bad_field", field=clean(_FLAGS.get(str(field), field)), reason=reason)


def _version() -> str:
    from importlib.metadata import version

    return version("nightdesk")
