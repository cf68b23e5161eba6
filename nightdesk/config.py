"""Every limit and timeout of the server, in one frozen value.

Each field is a flag of `nightdesk serve` (`--max-items`), a variable (`NIGHTDESK_MAX_ITEMS`) and a
row of `docs/configuration.md`; a test compares the three. Units are last in the names. The value is
built once in `nightdesk.cli.serve` and handed down by `nightdesk.serve`; nothing else reads the
environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    # Where it serves, and to whom.
    host: str = "127.0.0.1"
    port: int = 8400
    bind: tuple[str, ...] = ()
    data: Path = Path("data")
    allow_target: tuple[str, ...] = ()
    allow_origin: tuple[str, ...] = ()
    allow_host: tuple[str, ...] = ()
    local_desk: Literal["auto", "on", "off"] = "auto"
    sample_site: Literal["on", "off"] = "on"
    boot: Literal["resume", "paused"] = "resume"
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    # What a request may hold.
    max_body_bytes: int = 16 * 1024 * 1024
    max_json_depth: int = 64
    max_url_bytes: int = 8 * 1024
    max_items: int = 100_000
    max_jobs: int = 1_000
    max_name_chars: int = 200
    max_concurrency: int = 1_000
    max_page_size: int = 1_000
    request_timeout_s: float = 60.0
    long_poll_max_s: float = 60.0

    # Sockets of the front end.
    max_sockets_per_desk: int = 64
    max_socket_message_bytes: int = 64 * 1024
    socket_ping_s: float = 20.0
    socket_send_timeout_s: float = 30.0
    publish_interval_s: float = 0.1
    backlog: int = 1024

    # A desk.
    mailbox_size: int = 256
    lane_width: int = 1
    save_every_s: float = 5.0
    idle_after_s: float = 600.0
    retention_h: float = 720.0
    restarts_max: int = 5
    restarts_window_s: float = 60.0
    max_idempotency_keys: int = 1_000
    idempotency_ttl_h: float = 24.0

    # A job and its files.
    outcome_buffer_s: float = 0.2
    max_log_bytes: int = 4 * 1024 * 1024
    max_artifact_bytes: int = 256 * 1024 * 1024
    storage_threads: int = 4
    ballast_bytes: int = 1024 * 1024

    # Workers and what they may do.
    net_workers: int = 0
    max_outgoing_sockets: int = 2_000
    worker_idle_s: float = 300.0
    worker_max_items: int = 200_000
    worker_max_memory_bytes: int = 1024 * 1024 * 1024
    worker_start_timeout_s: float = 20.0
    max_response_bytes: int = 10 * 1024 * 1024
    dns_threads: int = 16
    host_backoff_max_s: float = 300.0

    # Stopping: SIGTERM to exit.
    drain_s: float = 2.0
    stop_s: float = 5.0
