"""What a template is made of: parsed once, refused where it asks for more than a template needs.

`parse` is the one way to a compiled template. Used by `executors.documents.text` and `.word`, both
when a template is inspected and when it is used. Faults name the place by line, which in a Word
document is a paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, nodes
from msgspec import Struct

from executors.documents.limits import MAX_TAGS, MAX_WORDS
from executors.documents.sandbox import COUNTED, METHODS, Sandbox

# Everything else that Jinja has (include, import, macro, block, call, autoescape, do ...) reaches
# out of the template, or hides from its reader what is done.
_STATEMENTS = (nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign)
_STATEMENTS_TOO = (nodes.AssignBlock, nodes.With, nodes.FilterBlock)
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
    nodes.Extends: "{% extends %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.Block: "{% block %}",
    nodes.Scope: "{% autoescape %}",
}
# Of what Jinja takes a template apart into, the rest: it costs nothing to read.
_NO_WORDS = frozenset({"data", "whitespace"})
# What Python's own compiler and Jinja's answer to code that is too large or too deep for them.
_TOO_MUCH = (RecursionError, SyntaxError, MemoryError, OverflowError, ValueError)


class TemplateFault(Exception):
    """The template cannot be used; `line` is where, from 1, where that is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Parsed(Struct, frozen=True):
    """One part of a template: what renders it, and its tree, for those who want to know it."""

    template: Template
    tree: nodes.Template


def parse(environment: Sandbox, source: str) -> Parsed:
    """Raises TemplateFault."""
    if source.count("{{") + source.count("{%") > MAX_TAGS:
        raise TemplateFault(f"it has more than {MAX_TAGS:,} placeholders")
    try:
        if next(islice(_words(environment, source), MAX_WORDS, None), None) is not None:
            raise TemplateFault(f"its placeholders have more than {MAX_WORDS:,} words and signs")
        tree, counted = environment.parse(source), environment.parse(source)
        _check(tree)
        _count_turns(counted)
        code = environment.compile(counted)
    except TemplateSyntaxError as error:
        raise TemplateFault(error.message or "it cannot be read", error.lineno) from None
    except TemplateError as error:
        raise TemplateFault(error.message or "it cannot be read") from None
    except _TOO_MUCH as error:
        raise TemplateFault(_too_much(error)) from None
    return Parsed(
        environment.template_class.from_code(environment, code, environment.make_globals(None)),
        tree,
    )


def _words(environment: Sandbox, source: str) -> Iterator[str]:
    """What is in its tags, far more cheaply than it is understood."""
    return (kind for _, kind, _ in environment.lex(source) if kind not in _NO_WORDS)


def _too_much(error: BaseException) -> str:
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
        return f"it cannot be read ({str(error)[:100]})"
    return (
        "it is too deep or too long to be read: fewer brackets, loops and conditions in each other"
    )


def _check(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if (name := _REFUSED.get(type(node))) is not None:
            raise TemplateFault(f"{name} is not for templates of documents", node.lineno)
        if isinstance(node, nodes.Stmt) and not isinstance(
            node, (*_STATEMENTS, *_STATEMENTS_TOO, nodes.ExprStmt)
        ):
            raise TemplateFault(f"{type(node).__name__} is not for documents", node.lineno)
        _check_names(node)


def _check_names(node: nodes.Node) -> None:
    match node:
        case nodes.Getattr(attr=name) if name.startswith("_"):
            raise TemplateFault(f"access to {name[:60]!r} is not safe", node.lineno)
        case nodes.Getitem(arg=nodes.Const(value=str(name))) if name.startswith("__"):
            raise TemplateFault(f"access to {name[:60]!r} is not safe", node.lineno)
        case nodes.Name(name=name) if name.startswith("__"):
            raise TemplateFault(f"access to {name[:60]!r} is not safe", node.lineno)
        case nodes.For(recursive=True):
            raise TemplateFault("a loop must not be recursive", node.lineno)
        case nodes.Call():
            _check_call(node)


def _check_call(node: nodes.Call) -> None:
    match node.node:
        case nodes.Name(name="range"):
            return
        case nodes.Getattr(attr=name) if name in METHODS:
            return
        case nodes.Name(name=name) | nodes.Getattr(attr=name):
            raise TemplateFault(f"{name[:60]}() is nothing that a template can call", node.lineno)
        case _:
            raise TemplateFault("only functions with a name can be called", node.lineno)


def _count_turns(tree: nodes.Template) -> None:
    """Whatever a loop goes through is counted first."""
    for loop in list(tree.find_all(nodes.For)):
        counted: Any = nodes.Filter(loop.iter, COUNTED, [], [], None, None, lineno=loop.lineno)
        counted.set_environment(tree.environment)
        loop.iter = counted
