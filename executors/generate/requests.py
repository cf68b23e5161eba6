"""What is asked of the WebUI for one item, as its API has it. Pure.

Used by `executors.generate.run`. Source of the fields: the WebUI's own `/docs`
(`StableDiffusionProcessingTxt2Img` and `...Img2Img`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from executors.generate.items import Prompt

TXT2IMG, IMG2IMG = "/sdapi/v1/txt2img", "/sdapi/v1/img2img"


class Lora(Struct, frozen=True):
    name: str
    weight: float
    tags: tuple[str, ...] = ()


class GenerateOptions(Struct, frozen=True, kw_only=True):
    """The fields of `executors.generate.options`, but those that the host sees to."""

    timeout_s: float
    negative_prompt: str
    steps: int
    cfg_scale: float
    width: int
    height: int
    seed: int
    model: str
    vae: str
    sampler: str
    batch_size: int
    batch_count: int
    loop_count: int
    loop_delay_s: float
    denoising_strength: float
    enable_hr: bool
    hr_scale: float
    hr_upscaler: str
    hr_steps: int
    hr_denoising_strength: float
    loras: tuple[Lora, ...]
    restore_faces: bool
    tiling: bool
    clip_skip: int
    eta: float | None
    ensd: int
    save_images: bool
    save_grid: bool

    @property
    def pictures_a_call(self) -> int:
        return self.batch_size * self.batch_count


def path_of(item: Prompt) -> str:
    return TXT2IMG if item.picture is None else IMG2IMG


def body_of(item: Prompt, options: GenerateOptions, loop: int) -> dict[str, Any]:
    """The request for the how manieth loop, from 0. A fixed seed goes on by as many as a loop
    makes, so that no loop makes again what another has made."""
    seed = options.seed if item.seed is None else item.seed
    negative = options.negative_prompt if item.negative_prompt is None else item.negative_prompt
    body: dict[str, Any] = {
        "prompt": with_loras(item.prompt, options.loras),
        "negative_prompt": negative,
        "steps": options.steps,
        "cfg_scale": options.cfg_scale,
        "width": options.width,
        "height": options.height,
        "seed": seed if seed < 0 else (seed + loop * options.pictures_a_call) % 2**32,
        "sampler_name": options.sampler,
        "batch_size": options.batch_size,
        "n_iter": options.batch_count,
        "restore_faces": options.restore_faces,
        "tiling": options.tiling,
        "override_settings": _settings(options),
        "override_settings_restore_afterwards": True,
        "send_images": True,
        "save_images": options.save_images,
        "do_not_save_samples": not options.save_images,
        "do_not_save_grid": not options.save_grid,
    }
    if options.eta is not None:
        body["eta"] = options.eta
    if item.picture is not None:
        strength = {"denoising_strength": options.denoising_strength}
        return body | {"init_images": [item.picture], **strength}
    return body | (_high_resolution(options) if options.enable_hr else {"enable_hr": False})


def with_loras(prompt: str, loras: Sequence[Lora]) -> str:
    """The prompt, then each LoRA as the WebUI's markup has it, with the tags that it listens to."""
    marks = [f"<lora:{lora.name}:{lora.weight:g}>" for lora in loras]
    tags = [tag.strip() for lora in loras for tag in lora.tags if tag.strip()]
    return ", ".join(part for part in (prompt, *tags, *marks) if part)


def _high_resolution(options: GenerateOptions) -> dict[str, Any]:
    return {
        "enable_hr": True,
        "hr_scale": options.hr_scale,
        "hr_upscaler": options.hr_upscaler,
        "hr_second_pass_steps": options.hr_steps,
        "denoising_strength": options.hr_denoising_strength,
    }


def _settings(options: GenerateOptions) -> dict[str, Any]:
    """What the WebUI keeps as settings of its own, for this request alone."""
    named = {"sd_model_checkpoint": options.model, "sd_vae": options.vae}
    return {
        **{name: value for name, value in named.items() if value},
        "CLIP_stop_at_last_layers": options.clip_skip,
        "eta_noise_seed_delta": options.ensd,
    }
