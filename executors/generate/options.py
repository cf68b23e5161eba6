"""What a generate job asks of the WebUI, beside its prompts: validated, with defaults. Pure.

Used by `executors.generate.spec`; the fields are those of `docs/generate.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actors.ports.forms import Schema
from executors.described import (
    Flag,
    Number,
    Shaped,
    Share,
    Text,
    Whole,
    lines,
    list_of,
    spec_schema,
)
from executors.problems import (
    Problem,
    Problems,
    Reason,
    Rule,
    field_problems,
    integer_reason,
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
# What most WebUIs know by these names.
SAMPLERS = ("DPM++ 2M Karras", "DPM++ SDE Karras", "Euler a", "Euler", "DDIM", "UniPC")
UPSCALERS = ("Latent", "Latent (nearest-exact)", "ESRGAN_4x", "R-ESRGAN 4x+", "SwinIR_4x")
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


def form_of() -> Schema:
    """What may be asked of a job, as JSON Schema."""
    first = ("negative_prompt", "width", "height", "steps", "cfg_scale", "sampler", "seed")
    many = ("batch_size", "batch_count", "loop_count", "loras", "denoising_strength", "enable_hr")
    return spec_schema(_rules(), DEFAULTS, first=(*first, *many))


def _rules() -> dict[str, Rule]:
    prompt = Text(MAX_PROMPT_CHARS, empty=True, format="area")
    name = Text(MAX_NAME_CHARS, empty=True)
    return {
        PICTURES: pictures_reason,
        "retries": Whole(0, MAX_RETRIES),
        "timeout_s": Number(MIN_TIMEOUT_S, MAX_TIMEOUT_S),
        "prompt": prompt,
        "negative_prompt": prompt,
        "steps": Whole(1, MAX_STEPS),
        "cfg_scale": Share(1, 30),
        "width": _SIDE,
        "height": _SIDE,
        "seed": SEED,
        "model": name,
        "vae": name,
        "sampler": Text(MAX_NAME_CHARS, empty=True, hints=SAMPLERS),
        "batch_size": Whole(1, 8),
        "batch_count": Whole(1, 10),
        "loop_count": Whole(1, 20),
        "loop_delay_s": Number(0, 60),
        "denoising_strength": Share(0, 1),
        "enable_hr": Flag(),
        "hr_scale": Share(1, 4),
        "hr_upscaler": Text(MAX_NAME_CHARS, empty=True, hints=UPSCALERS),
        "hr_steps": Whole(0, MAX_STEPS),
        "hr_denoising_strength": Share(0, 1),
        "loras": list_of(_loras_reason, _LORA, MAX_LORAS, ("name",)),
        "restore_faces": Flag(),
        "tiling": Flag(),
        "clip_skip": Whole(1, 12),
        "eta": Share(0, 1),
        "ensd": Whole(0, MAX_SEED),
        "save_images": Flag(),
        "save_grid": Flag(),
    }


def prompt_reason(value: Any) -> Reason:
    return text_reason(value, MAX_PROMPT_CHARS, empty=True)


def seed_reason(value: Any) -> Reason:
    if type(value) is int and -1 <= value <= MAX_SEED:
        return None
    return f"must be a whole number from 0 to {MAX_SEED}, or -1 for a random one"


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


def _lora(raw: Mapping[str, Any]) -> dict[str, Any]:
    weight = raw.get("weight")
    return {
        "name": raw.get("name"),
        "weight": 1.0 if weight is None else weight,
        "tags": raw.get("tags") or [],
    }


_SIDE = Shaped(
    _side_reason, {**Whole(MIN_SIDE, MAX_SIDE, "pixels").schema(), "multipleOf": SIDE_STEP}
)
SEED = Shaped(seed_reason, Whole(-1, MAX_SEED).schema())
_LORA: Mapping[str, Rule] = {
    "name": Shaped(_lora_name_reason, Text(MAX_NAME_CHARS).schema()),
    "weight": Share(-4, 4),
    "tags": lines(_tags_reason, MAX_LORA_TAGS),
}
