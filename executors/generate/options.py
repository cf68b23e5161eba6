"""What a generate job asks of the WebUI, beside its prompts: validated, with defaults. Pure.

Used by `executors.generate.spec`; the fields are those of `docs/generate.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from executors.problems import (
    Problem,
    Problems,
    Reason,
    Rule,
    boolean_reason,
    field_problems,
    integer_reason,
    number_reason,
    text_reason,
)
from executors.vision.sources import pictures_reason

MAX_RETRIES = 10
MIN_TIMEOUT_S, MAX_TIMEOUT_S = 1.0, 3_600.0
MIN_SIDE, MAX_SIDE, SIDE_STEP = 64, 4_096, 8
MAX_STEPS = 150
MAX_SEED = 2**32 - 1
MAX_NAME_CHARS = 300
MAX_PROMPT_CHARS = 20_000
MAX_LORAS = 20
MAX_LORA_TAGS = 100
# What the desk's library has, put there by the server: no field of a request.
PICTURES = "pictures"

DEFAULTS: Mapping[str, Any] = {
    "retries": 2,
    "timeout_s": 600.0,
    "prompt": "",
    "negative_prompt": "",
    "steps": 20,
    "cfg_scale": 7.0,
    "width": 512,
    "height": 512,
    "seed": -1,
    "model": "",
    "vae": "",
    "sampler": "DPM++ 2M Karras",
    "batch_size": 1,
    "batch_count": 1,
    "loop_count": 1,
    "loop_delay_s": 2.0,
    "denoising_strength": 0.75,
    "enable_hr": False,
    "hr_scale": 2.0,
    "hr_upscaler": "Latent",
    "hr_steps": 0,
    "hr_denoising_strength": 0.7,
    "loras": [],
    "restore_faces": False,
    "tiling": False,
    "clip_skip": 1,
    "eta": None,
    "ensd": 0,
    "save_images": False,
    "save_grid": False,
}

# A LoRA's own markup is made of these; more would be markup of the prompt's.
_LORA_NAME = re.compile(r"[^<>:\x00-\x1f\x7f]+")


def read_options(spec: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Every field, defaults filled in; what is wrong goes to `problems`."""
    for field, reason in field_problems(spec, _rules(), "a generate job"):
        problems.add(None, field, reason)
    for field, reason in _lora_problems(spec.get("loras")):
        problems.add(None, field, reason)
    given = {
        field: value for field, value in spec.items() if value is not None and field != PICTURES
    }
    stored = {**DEFAULTS, **given}
    return {**stored, "loras": [_lora(each) for each in stored["loras"] if isinstance(each, dict)]}


def _rules() -> dict[str, Rule]:
    return {
        PICTURES: pictures_reason,
        "retries": lambda value: integer_reason(value, 0, MAX_RETRIES),
        "timeout_s": lambda value: number_reason(value, MIN_TIMEOUT_S, MAX_TIMEOUT_S, "seconds"),
        "prompt": prompt_reason,
        "negative_prompt": prompt_reason,
        "steps": lambda value: integer_reason(value, 1, MAX_STEPS),
        "cfg_scale": lambda value: _share_reason(value, 1, 30),
        "width": _side_reason,
        "height": _side_reason,
        "seed": seed_reason,
        "model": _name_reason,
        "vae": _name_reason,
        "sampler": _name_reason,
        "batch_size": lambda value: integer_reason(value, 1, 8),
        "batch_count": lambda value: integer_reason(value, 1, 10),
        "loop_count": lambda value: integer_reason(value, 1, 20),
        "loop_delay_s": lambda value: number_reason(value, 0, 60, "seconds"),
        "denoising_strength": lambda value: _share_reason(value, 0, 1),
        "enable_hr": boolean_reason,
        "hr_scale": lambda value: _share_reason(value, 1, 4),
        "hr_upscaler": _name_reason,
        "hr_steps": lambda value: integer_reason(value, 0, MAX_STEPS),
        "hr_denoising_strength": lambda value: _share_reason(value, 0, 1),
        "loras": _loras_reason,
        "restore_faces": boolean_reason,
        "tiling": boolean_reason,
        "clip_skip": lambda value: integer_reason(value, 1, 12),
        "eta": lambda value: _share_reason(value, 0, 1),
        "ensd": lambda value: integer_reason(value, 0, MAX_SEED),
        "save_images": boolean_reason,
        "save_grid": boolean_reason,
    }


def prompt_reason(value: Any) -> Reason:
    return text_reason(value, MAX_PROMPT_CHARS, empty=True)


def seed_reason(value: Any) -> Reason:
    if type(value) is int and -1 <= value <= MAX_SEED:
        return None
    return f"must be a whole number from 0 to {MAX_SEED}, or -1 for a random one"


def _name_reason(value: Any) -> Reason:
    return text_reason(value, MAX_NAME_CHARS, empty=True)


def _share_reason(value: Any, low: float, high: float) -> Reason:
    if number_reason(value, low, high, "") is None:
        return None
    return f"must be a number from {low:g} to {high:g}"


def _side_reason(value: Any) -> Reason:
    if integer_reason(value, MIN_SIDE, MAX_SIDE) is None and value % SIDE_STEP == 0:
        return None
    return f"must be a multiple of {SIDE_STEP} from {MIN_SIDE} to {MAX_SIDE}, in pixels"


def _loras_reason(value: Any) -> Reason:
    if not isinstance(value, list):
        return "must be a list of LoRAs"
    if len(value) > MAX_LORAS:
        return f"must not hold more than {MAX_LORAS} LoRAs"
    return None


def _lora_problems(loras: Any) -> list[Problem]:
    found: list[Problem] = []
    for place, lora in enumerate(loras[:MAX_LORAS] if isinstance(loras, list) else ()):
        where = f"loras[{place}]"
        if not isinstance(lora, dict):
            found.append((where, "must be an object with a name and a weight"))
            continue
        if lora.get("name") is None:
            found.append((f"{where}.name", "is missing"))
        found += field_problems(lora, _LORA, "a LoRA", f"{where}.")
    return found


def _lora_name_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_NAME_CHARS)) is not None:
        return reason
    if _LORA_NAME.fullmatch(value) is None:
        return "must not contain <, >, : or control characters"
    return None


def _tags_reason(value: Any) -> Reason:
    if not isinstance(value, list) or len(value) > MAX_LORA_TAGS:
        return f"must be a list of at most {MAX_LORA_TAGS} tags"
    reasons = (text_reason(tag, MAX_NAME_CHARS, empty=True) for tag in value)
    return next((f"holds a tag that {why}" for why in reasons if why is not None), None)


_LORA: Mapping[str, Rule] = {
    "name": _lora_name_reason,
    "weight": lambda value: _share_reason(value, -4, 4),
    "tags": _tags_reason,
}


def _lora(raw: Mapping[str, Any]) -> dict[str, Any]:
    weight = raw.get("weight")
    return {
        "name": raw.get("name"),
        "weight": 1.0 if weight is None else weight,
        "tags": raw.get("tags") or [],
    }
