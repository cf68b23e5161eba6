"""Pictures as the page asks for them (GenerationParams): from the body to what is wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from executors.problems import boolean_reason
from web.dialects.fields import Fields
from web.dialects.taskmanager.titles import title_of
from web.dialects.taskmanager.wanted import Wanted
from web.validate import Errors
from web.workshop.configs import lora_of, says

NO_CONFIG = ("", "none")
# By the same names as the executor's.
_OPTIONS = (
    *("prompt", "negative_prompt", "steps", "cfg_scale", "width", "height", "seed", "model"),
    *("sampler", "vae", "batch_size", "batch_count", "loop_count", "loop_delay_s"),
    *("denoising_strength", "enable_hr", "hr_scale", "hr_upscaler", "hr_steps"),
    *("hr_denoising_strength", "restore_faces", "tiling", "clip_skip", "eta", "ensd"),
    *("save_images", "save_grid", "retries", "timeout_s"),
)
# Pictures come along anyway.
_SAYS_NOTHING = ("send_images",)


def read_generate(
    value: Mapping[str, Any],
    errors: Errors,
    *,
    base: Mapping[str, Any] | None = None,
    config_id: str = "",
    where: str = "",
    name: Any = "",
) -> Wanted:
    """`base` is the saved config that `value` overrides: what is empty there says nothing. What is
    wrong goes to `errors`, by names that begin with `where`."""
    fields = Fields(value, errors, where)
    said = {option: fields.take(option) for option in _OPTIONS}
    given = {
        option: value
        for option, value in said.items()
        if value is not UNSET and says(option, value)
    }
    loras = fields.take("loras")
    if isinstance(loras, list) and loras:
        given["loras"] = [lora_of(lora) for lora in loras]
    elif loras not in ([], "") and fields.written.get("loras"):
        fields.wrong("loras", "must be a list of LoRAs")
    no_grid = fields.checked("do_not_save_grid", rule=boolean_reason)
    if isinstance(no_grid, bool) and "save_grid" not in given and base is None:
        given["save_grid"] = not no_grid
    picture = fields.take("init_image")
    name = fields.take("name", default=name)
    fields.drop(*_SAYS_NOTHING)
    fields.done(lambda _: "is not a parameter of pictures")
    spec = {**(base or {}), **given}
    item = {} if picture in (UNSET, "") else {"init_image": picture}
    prompt = spec.get("prompt")
    return Wanted(
        type="generate",
        spec=spec,
        items=[item],
        name=name,
        title=title_of(prompt) if isinstance(prompt, str) else "",
        written=fields.written,
        item=f"{where}prompt",
        config_id=config_id,
    )


def read_with_config(
    value: Mapping[str, Any], errors: Errors, config_id: str, base: Mapping[str, Any] | None
) -> Wanted:
    """The same from a body of `generate-with-config`, whose saved config has been looked up."""
    fields = Fields(value, errors)
    fields.take("config_id")
    override = fields.take("override", default={})
    name = fields.take("name", default="")
    fields.done(lambda _: "is not a field of this request")
    if not isinstance(override, dict):
        fields.wrong("override", "must be an object with parameters")
        override = {}
    return read_generate(
        override, errors, base=base, config_id=config_id, where="override.", name=name
    )
