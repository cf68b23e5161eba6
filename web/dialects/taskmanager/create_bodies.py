"""What tasks are made from, as it is described: pages send much of it always, and as empty text
where they mean nothing. Which values there may be is told by the executors' own documents; what a
request says is read in `crawl_bodies`, `generate_bodies`, `tag_bodies` and `learning_bodies`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class ManagerCrawlBody(Struct, frozen=True, kw_only=True):
    """See docs/crawl.md for the fields of a site's crawl."""

    type: str
    crawl_type: str = ""
    name: str = ""
    query: str = ""
    user_id: int | str = 0
    illust_id: int | str = 0
    order: str = ""
    mode: str = ""
    limit: int | None = None
    max_images: int | None = None
    delay: float | None = None
    proxy_enabled: bool = False
    proxy_url: str = ""
    cookie: str = ""
    url: str = ""
    urls: list[str] | None = None
    depth: int | None = None
    same_site: str | None = None
    include: list[str] | None = None
    exclude: list[str] | None = None
    content: str | None = None
    sitemap: bool | None = None
    robots: bool | None = None
    concurrency: int | None = None
    retries: int | None = None
    timeout_s: float | None = None
    user_agent: str | None = None


class ManagerTagBody(Struct, frozen=True, kw_only=True):
    """See docs/tag.md."""

    input_dir: str | list[str]
    output_dir: str = ""
    name: str = ""
    analyzer: str = ""
    model: str = ""
    via: str = ""
    threshold: float | None = None
    character_threshold: float | None = None
    top: int | None = None
    skip_tags: list[str] | None = None
    extend_tags: list[str] | None = None
    tag_order: str = ""
    save_type: str = ""
    save_beside: bool | None = None
    language: str = ""
    limit: int | None = None


class ManagerGenerateBody(Struct, frozen=True, kw_only=True):
    """GenerationParams: see docs/generate.md."""

    prompt: str
    name: str = ""
    negative_prompt: str = ""
    steps: int | None = None
    cfg_scale: float | None = None
    width: int | None = None
    height: int | None = None
    seed: int | None = None
    model: str = ""
    sampler: str = ""
    vae: str = ""
    batch_size: int | None = None
    batch_count: int | None = None
    loop_count: int | None = None
    loop_delay_s: float | None = None
    denoising_strength: float | None = None
    enable_hr: bool | None = None
    hr_scale: float | None = None
    hr_upscaler: str = ""
    hr_steps: int | None = None
    hr_denoising_strength: float | None = None
    loras: list[dict[str, Any]] | None = None
    restore_faces: bool | None = None
    tiling: bool | None = None
    clip_skip: int | None = None
    eta: float | None = None
    ensd: int | None = None
    save_images: bool | None = None
    save_grid: bool | None = None
    send_images: bool | None = None
    do_not_save_grid: bool | None = None
    init_image: str = ""
    retries: int | None = None
    timeout_s: float | None = None


class ManagerOverrideBody(Struct, frozen=True, kw_only=True):
    """`config_id` may be empty or `none`. `override` is a ManagerGenerateBody of which nothing has
    to be there; what is empty in it overrides nothing."""

    config_id: str = ""
    override: dict[str, Any] | None = None
    name: str = ""


class ManagerTrainBody(Struct, frozen=True, kw_only=True):
    """See docs/train.md. `name` is what the model is called."""

    name: str
    input_dir: str | list[str] = ""
    items: list[Any] | None = None
    validation: float | None = None
    seed: int | None = None
    epochs: int | None = None
    whole: bool | None = None
    concurrency: int | None = None
    retries: int | None = None


class ManagerClassifyBody(Struct, frozen=True, kw_only=True):
    """See docs/classify.md."""

    model: str
    name: str = ""
    input_dir: str | list[str] = ""
    items: list[Any] | None = None
    top: int | None = None
    threshold: float | None = None
    concurrency: int | None = None
    retries: int | None = None
    stop_on_failure: bool | None = None
