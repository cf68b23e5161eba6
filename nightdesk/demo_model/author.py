"""What the endpoint answers where nobody has scripted it: a small program, and a better one.

Called by `endpoint` for each request without a script of its own. The program is chosen by words of
the prompt, so a demonstration looks like work; nothing is understood.
"""

from __future__ import annotations

from msgspec import Struct

from nightdesk.demo_model.course import Place
from nightdesk.demo_model.script import Role, Say, verdict, writes
from nightdesk.demo_model.wire import Request

_GUESS = '''"""Guess a number from 1 to {top}."""

import random


def play() -> None:
    secret = random.randint(1, {top})
    for left in range({tries}, 0, -1):
        guess = input(f"Your guess ({{left}} left): ")
        if not guess.isdigit():
            print("A whole number, please.")
        elif int(guess) == secret:
            print("Right!")
            return
        else:
            print("Higher." if int(guess) < secret else "Lower.")
    print(f"It was {{secret}}.")


if __name__ == "__main__":
    play()
'''
_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>{title}</title>
<label>a <input id="a" type="number"></label>
<label>b <input id="b" type="number"></label>
<button id="add">=</button>
<output id="sum"></output>
<script>
  document.getElementById("add").addEventListener("click", () => {{
    const [a, b] = ["a", "b"].map((id) => Number(document.getElementById(id).value));
    document.getElementById("sum").value = {sum};
  }});
</script>
"""


_FIRST = "I have written {path}, a first version that runs."
_LAST = "I have changed {path} as asked; it is complete now."
_COMPLETE = "it is complete now"
_FEW_TRIES = "one guess only: give the player several tries"
_NO_NUMBER = "an empty field should not show NaN"


class Program(Struct, frozen=True):
    """What is written in two rounds, and what the judge misses after the first."""

    path: str
    first: str
    second: str
    missing: str


def answer(request: Request, role: Role) -> tuple[Place, Say]:
    """By the messages alone: what the judge missed tells the coder its round, what the coder said
    tells the judge."""
    texts = [message.text for message in request.messages]
    program = _page() if any("html" in text.lower() for text in texts[:3]) else _guess()
    if role == "judge":
        done = any(_COMPLETE in text for text in texts)
        said = verdict(True, 95) if done else verdict(False, 60, program.missing)
        return Place(2 if done else 1, 0, role), said
    again = any(program.missing in text for text in texts)
    if request.messages and request.messages[-1].role == "tool":
        text = (_LAST if again else _FIRST).format(path=program.path)
        return Place(2 if again else 1, 1, role), Say(text=text)
    content = program.second if again else program.first
    return Place(2 if again else 1, 0, role), writes(program.path, content)


def _guess() -> Program:
    once, often = _GUESS.format(top=10, tries=1), _GUESS.format(top=10, tries=5)
    return Program("guess.py", once, often, _FEW_TRIES)


def _page() -> Program:
    first = _PAGE.format(title="Sum", sum="a + b")
    second = _PAGE.format(title="Adding", sum='Number.isFinite(a + b) ? a + b : "?"')
    return Program("index.html", first, second, _NO_NUMBER)
