"""The Jinja that all templates run in: immutable, without anything that reaches further than data.

What templates may do is listed here, and only that exists: methods of values by name, filters,
functions. What could grow is measured before it does. Built once for each worker and job by
`executors.documents.engine`; the jail around the worker is for what this misses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from executors.documents.filters import FILTERS, Filter
from executors.documents.limits import (
    MAX_NUMBER_BITS,
    MAX_OUTPUT_CHARS,
    MAX_RANGE,
    MAX_TEXT_CHARS,
    MAX_TURNS,
    OverLimit,
)
from executors.documents.missing import BlankField, NeededField
from executors.documents.regional import regional

# The filter that stands before whatever a loop goes through (`executors.documents.syntax`).
COUNTED = "_counted"

_TEXT_METHODS = frozenset(
    {"lower", "upper", "title", "capitalize", "strip", "lstrip", "rstrip"}
    | {"startswith", "endswith", "split"}
)
_OBJECT_METHODS = frozenset({"items", "keys", "values", "get"})
_LOOP_METHODS = frozenset({"cycle", "changed"})
_LOOP_FACTS = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length"}
    | {"previtem", "nextitem", "depth", "depth0"}
)
METHODS = _TEXT_METHODS | _OBJECT_METHODS | _LOOP_METHODS
_MEASURED = frozenset({"+", "*", "**", "%"})


class _Code(CodeGenerator):
    """Texts that are put together with `~` are measured too."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.measured(")
        super().visit_Concat(node, frame)
        self.write(")")


class Sandbox(ImmutableSandboxedEnvironment):
    """One environment: for text of one kind, one locale, and one way to take missing fields."""

    code_generator_class = _Code
    intercepted_binops = _MEASURED

    def __init__(
        self,
        *,
        escape: bool,
        blank: bool = False,
        locale: str = "en",
        filters: Mapping[str, Filter] | None = None,
    ) -> None:
        """`filters` are those of one kind of template alone. Raises ValueError for a locale that is
        none."""
        super().__init__(
            autoescape=escape,
            undefined=BlankField if blank else NeededField,
            finalize=_printed,
            keep_trailing_newline=True,
        )
        # Turns of loops that the render under way has left. Written by `render` and `_count`.
        self._turns_left = MAX_TURNS
        self.globals = {"range": _bounded_range}
        self.filters = {
            **FILTERS,
            **regional(locale),
            **(filters or {}),
            COUNTED: self._count,
        }

    def render(self, template: Any, values: Mapping[str, Any]) -> str:
        """The text of a template for these values. Raises OverLimit, and whatever the template
        raises (`executors.documents.engine` puts it into words)."""
        self._turns_left = MAX_TURNS
        pieces: list[str] = []
        left = MAX_OUTPUT_CHARS
        context = template.new_context(values)
        for piece in template.root_render_func(context):
            left -= len(piece)
            if left < 0:
                raise OverLimit(f"its text grows beyond {MAX_OUTPUT_CHARS:,} characters")
            pieces.append(piece)
        return "".join(pieces)

    def _count(self, value: Any) -> Any:
        """What a loop goes through, once its turns are paid for."""
        if isinstance(value, Undefined):
            return value
        if not hasattr(value, "__len__"):
            value = list(value)
        self._turns_left -= len(value)
        if self._turns_left < 0:
            raise OverLimit(f"its loops take more than {MAX_TURNS:,} turns")
        return value

    def measured(self, text: Any) -> Any:
        return measured(text)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A member of an object is what the row says, also where a method has its name."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, BlankField):
            return obj[attribute]
        if attribute.startswith("_"):
            return self.unsafe_undefined(obj, attribute)
        if self.is_safe_attribute(obj, attribute, None):
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except (TypeError, LookupError, AttributeError):
            if isinstance(argument, str):
                return self.getattr(obj, argument)
            return self.undefined(obj=obj, name=str(argument))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        match obj:
            case str():
                return attr in _TEXT_METHODS
            case dict():
                return attr in _OBJECT_METHODS
            case LoopContext():
                return attr in _LOOP_FACTS or attr in _LOOP_METHODS
            case _:
                return False

    def is_safe_callable(self, obj: Any) -> bool:
        if isinstance(obj, BuiltinMethodType | MethodType):
            return isinstance(obj.__self__, str | dict | LoopContext)
        return any(obj is function for function in self.globals.values())

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(__obj, BlankField):
            return __obj.called()
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        return _OPERATIONS[operator](left, right)


def measured(text: Any) -> Any:
    """The text itself. Raises OverLimit where it is too long."""
    if len(text) > MAX_TEXT_CHARS:
        raise _too_long()
    return text


def _too_long() -> OverLimit:
    return OverLimit(f"a text in it grows beyond {MAX_TEXT_CHARS:,} characters")


def _printed(value: Any) -> Any:
    """A value as it shows: as JSON writes it, and nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, BuiltinMethodType | MethodType | FunctionType):
        raise SecurityError("a function is no text")
    return value


def _bounded_range(*bounds: Any) -> range:
    made = range(*bounds)
    if len(made) > MAX_RANGE:
        raise OverLimit(f"a range in it has more than {MAX_RANGE:,} numbers")
    return made


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str | list | tuple) and isinstance(right, str | list | tuple):
        _check_length(len(left) + len(right))
    return left + right


def _multiply(left: Any, right: Any) -> Any:
    for whole, times in ((left, right), (right, left)):
        if isinstance(whole, str | list | tuple) and isinstance(times, int):
            _check_length(len(whole) * times)
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() + right.bit_length())
    return left * right


def _power(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() * abs(right))
    return left**right


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise SecurityError("text is not formatted with %; there are filters for that")
    return left % right


def _check_length(length: int) -> None:
    if length > MAX_TEXT_CHARS:
        raise _too_long()


def _check_bits(bits: int) -> None:
    if bits > MAX_NUMBER_BITS:
        raise OverLimit(f"a number in it has more than {MAX_NUMBER_BITS} bits")


_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "*": _multiply,
    "**": _power,
    "%": _remainder,
}
