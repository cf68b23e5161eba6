"""A preset as this system's pages read a saved config: everything side by side. Pure."""

from __future__ import annotations

from typing import Any

from executors.generate.options import DEFAULTS
from web.views import wire_time
from web.workshop.carried import ABOUT, TOLD
from web.workshop.presets import Kept

# Fields that pages read of every config, whether it has them or not.
_READ = (
    *("prompt", "negative_prompt", "steps", "cfg_scale", "width", "height", "seed", "model"),
    *("sampler", "batch_size", "batch_count", "loop_count", "enable_hr", "hr_scale"),
    *("hr_upscaler", "hr_steps", "hr_denoising_strength", "vae", "restore_faces", "tiling"),
    "clip_skip",
)
_LORA: dict[str, Any] = {
    "name": "",
    "lora_key": "",
    "full_name": "",
    "weight": 1.0,
    "path": "",
    "description": "",
    "tags": [],
    "extend_tags": [],
    "use_mask": False,
}


def config_of(kept: Kept) -> dict[str, Any]:
    """With every field that pages read; those that the config leaves out are as they would be."""
    preset, config = kept.preset, kept.config
    loras = config.get("loras")
    told = {name: each for name, each in config.items() if name not in (*ABOUT, *TOLD)}
    return {
        **{field: DEFAULTS[field] for field in _READ},
        "tags": [],
        **{name: each for name, each in told.items() if each is not None},
        "loras": [_lora(each) for each in loras] if isinstance(loras, list) else [],
        "id": preset.id,
        "name": preset.name,
        "file_name": f"{preset.id}.json",
        "description": preset.description,
        "category": preset.category,
        "is_default": preset.is_default,
        "created_at": wire_time(preset.created_at),
        "updated_at": wire_time(preset.updated_at),
    }


def _lora(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    return {**_LORA, **{name: each for name, each in kept.items() if each is not None}}
