"""Every limit and timeout of the server, in one frozen value.

Each field is a flag of `nightdesk serve` (`--max-items`), a variable (`NIGHTDESK_MAX_ITEMS`) and a
row of `docs/configuration.md`; a test compares the three. The text under a field is its `--help`.
Units are last in the names. The value is built once in `nightdesk.cli.serve` and handed down by
`nightdesk.serve`; nothing else reads the environment.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from actors.rules.schedule import is_zone
from nightdesk.ranges import RANGES, ConfigError, LaneWidths, parse_bind, parse_lane_widths

# In the data folder, beside what the store keeps there: the port of the sample site.
SAMPLE_SITE_FILE = "sample-site"


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The server's settings. `validate` is called before anything is touched."""

    # Where it serves, and to whom.
    host: str = "127.0.0.1"
    """The address to serve at."""
    port: int = 8400
    """The port to serve at; 0 takes a free one."""
    bind: tuple[str, ...] = ()
    """HOST:PORT to serve at, repeatable; replaces host and port."""
    data: Path = Path("data")
    """The folder that keeps everything; made when missing."""
    allow_target: tuple[str, ...] = ()
    """HOST[:PORT], address or network in private space that jobs may reach; repeatable."""
    allow_domain: tuple[str, ...] = ()
    """Domain, `*.`domain, address or network that jobs may reach, and no other; repeatable."""
    deny_domain: tuple[str, ...] = ()
    """Domain, `*.`domain, address or network that jobs may not reach, ever; repeatable."""
    proxy: tuple[str, ...] = ()
    """Proxy that jobs of every desk may draw on; repeatable. With a password: in --proxy-file."""
    proxy_file: str = ""
    """File with such proxies, one a line."""
    notify_target: tuple[str, ...] = ()
    """Apprise URL to be told of ends of jobs; repeatable. With secrets: in --notify-target-file."""
    notify_target_file: str = ""
    """File with such URLs, one a line."""
    notify_of: tuple[str, ...] = ()
    """End that they are told of, repeatable; else `completed`, `partially_completed`, `failed`."""
    sources: str = ""
    """Folder with recipes (JSON) of sources that crawls may name, besides those that come along."""
    source_cookie_file: tuple[str, ...] = ()
    """NAME=FILE with a cookie of the operator's for a source, or all that begin so; repeatable."""
    crawl_without_robots: Literal["on", "off"] = "off"
    """Whether the crawls of users may pass over robots.txt."""
    webui: str = ""
    """Origin of the Stable Diffusion WebUI (started with --api) that makes pictures."""
    webui_auth_file: str = ""
    """File with its USER:PASSWORD, as its --api-auth has it."""
    webui_command: str = ""
    """Command that starts it, when somebody asks; it ends with the server."""
    webui_cwd: str = ""
    """Folder that the command runs in; else the one that the server was started in."""
    agent_endpoint: tuple[str, ...] = ()
    """NAME=URL of an OpenAI-compatible endpoint whose models work on tasks; repeatable."""
    agent_key_file: tuple[str, ...] = ()
    """NAME=FILE with the key that is sent there; else users bring theirs; repeatable."""
    agent_model: tuple[str, ...] = ()
    """NAME=MODEL that is offered there, the first one by itself; repeatable."""
    agent_prices: str = ""
    """File (JSON) with prices of models, which go before those that come along."""
    agent_calls: int = 16
    """Calls that one endpoint gets at once, of all desks together."""
    agent_commands: Literal["on", "off"] = "off"
    """Whether tasks may run commands, jailed in their folders."""
    desk_spend_cap_usd: str = ""
    """US dollars that the calls of a desk may cost in a day (UTC); else any amount."""
    desk_spend_cap_tokens: int = 0
    """Tokens that they may use in a day (UTC); 0: any number."""
    images_dir: tuple[str, ...] = ()
    """NAME=FOLDER (or NAME=FOLDER:rw) with pictures that every desk may use; repeatable."""
    tagger_dir: str = ""
    """Folder with the model.onnx and selected_tags.csv of a WD14 tagger."""
    allow_origin: tuple[str, ...] = ()
    """Origin of another site whose pages may call the API; repeatable."""
    allow_host: tuple[str, ...] = ()
    """Host name by which the server may be called besides its own; repeatable."""
    trusted_proxy: tuple[str, ...] = ()
    """Address or network of a reverse proxy whose X-Forwarded-For and -Proto count; repeatable."""
    local_desk: Literal["auto", "on", "off"] = "auto"
    """Whether callers without a token share the desk `local`; auto: on loopback without a proxy."""
    timezone: str = "auto"
    """IANA name of the time zone of schedules that name none; auto: the machine's."""
    trusted_issuer_key_file: str = ""
    """File with the key of another issuer of users' tokens: RSA public key in PEM, or a secret."""
    trusted_issuer: str = ""
    """The `iss` that its tokens must have; else they must have none."""
    trusted_issuer_audience: str = ""
    """The `aud` that its tokens must have; else they must have none."""
    sample_site: Literal["on", "off"] = "on"
    """The built-in site that the sample job fetches, on a loopback port of its own."""
    boot: Literal["resume", "paused"] = "resume"
    """What becomes of unfinished jobs at a start."""
    log_format: Literal["console", "json"] = "console"
    """How log lines look on stderr."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are logged."""

    # What a request may hold.
    max_body_bytes: int = 16 * 1024 * 1024
    """Largest request body."""
    max_json_depth: int = 64
    """Deepest nesting of a JSON body."""
    max_json_members: int = 500_000
    """Most keys of a JSON body, most objects and arrays, and half of its most values."""
    max_url_bytes: int = 8 * 1024
    """Longest URL of an item."""
    max_items: int = 100_000
    """Most items of a job."""
    max_journeys: int = 1_000
    """Most journeys that a desk keeps."""
    max_journey_steps: int = 200
    """Most steps of a journey in the browser."""
    max_jobs: int = 1_000
    """Most jobs of a desk."""
    max_desk_bytes: int = 10 * 1024**3
    """Most bytes that the jobs of a user's desk, or of `local`, keep on disk: 1048576 or more."""
    max_guest_desk_bytes: int = 2 * 1024**3
    """The same of a guest's desk."""
    max_name_chars: int = 200
    """Longest name of a job."""
    max_spec_bytes: int = 32 * 1024
    """Longest `spec` of a job, as JSON: the desk's file keeps it."""
    max_concurrency: int = 1_000
    """Most items of a job that are worked on at once."""
    max_page_size: int = 1_000
    """Most rows of one page of a list."""
    max_egress_names: int = 1_000
    """Most names in each of a desk's two lists of domains."""
    max_proxies: int = 1_000
    """Most proxies of a desk's pool."""
    max_templates: int = 200
    """Most templates that a desk keeps."""
    max_template_bytes: int = 10 * 1024 * 1024
    """Largest file of a template."""
    max_data_sources: int = 100
    """Most tables that a desk keeps for its documents."""
    max_pictures: int = 1_000
    """Most pictures that a desk keeps for its documents."""
    max_presets: int = 1_000
    """Most presets that a desk keeps: saved ways to make pictures."""
    max_characters: int = 1_000
    """Most characters that a desk keeps."""
    max_models: int = 100
    """Most models that a desk keeps of what its jobs have learned."""
    max_head_bytes: int = 32 * 1024
    """Largest head of a request: its line and all headers."""
    max_header_bytes: int = 16 * 1024
    """Longest line of it."""
    max_headers: int = 100
    """Most headers of a request."""
    head_timeout_s: float = 20.0
    """How long a connection may be without the whole head of a request, idle ones too."""
    request_timeout_s: float = 60.0
    """Until when a request must have arrived whole."""
    long_poll_max_s: float = 60.0
    """Longest wait of a long poll."""

    # Sockets of the front end.
    max_sockets_per_desk: int = 64
    """Most open streams of a desk."""
    max_socket_message_bytes: int = 64 * 1024
    """Largest message that a stream's client may send."""
    socket_ping_s: float = 20.0
    """How often a stream is pinged."""
    max_sockets: int = 8_192
    """Most open streams of all desks."""
    socket_message_rate_per_s: float = 100.0
    """Messages a second that a stream's client may send; 0: no limit."""
    socket_message_burst: int = 1_000
    """How many of them may come at once."""
    socket_send_timeout_s: float = 30.0
    """How long a client may leave bytes that were sent to it waiting before it is dropped."""
    min_send_bytes_per_s: int = 4_096
    """The pace at which a client has to take an answer, beyond that time."""
    publish_interval_s: float = 0.1
    """Least time between two deltas to one subscriber."""
    backlog: int = 1024
    """Connections that may wait to be accepted."""

    # How often, and how many at once.
    max_connections: int = 16_384
    """Most connections to the server, as far as its limit of open files allows."""
    max_connections_per_client: int = 2_048
    """Most of them that one client network may have."""
    desk_rate_per_s: float = 500.0
    """Requests a second that may change something on one desk; 0: no limit."""
    desk_burst: int = 5_000
    """How many of them may come at once."""
    new_desk_rate_per_s: float = 5.0
    """Guest desks a second that one client network may make; 0: no limit."""
    new_desk_burst: int = 1_000
    """How many of them it may make at once."""
    miss_rate_per_s: float = 10.0
    """Desks that do not exist, a second, that one client network may ask for; 0: no limit."""
    miss_burst: int = 100
    """How many of them it may ask for at once."""

    # A desk.
    mailbox_size: int = 256
    """Commands that may wait at a desk."""
    lane_width: tuple[str, ...] = ()
    """Jobs of a lane that run at once: NUMBER of every lane (else 1), NAME=NUMBER; repeatable."""
    documents_at_once: int = 3
    """Tasks of the documents API that run at once on a desk."""
    save_every_s: float = 5.0
    """How often the progress of running jobs is saved."""
    idle_after_s: float = 600.0
    """When a desk that nobody uses leaves memory."""
    retention_h: float = 720.0
    """When an ended job is deleted with its files, and a guest's desk that was never used."""
    background_retention_h: float = 24.0
    """When an ended job of a desk's journeys is deleted with its files."""
    restarts_max: int = 5
    """Restarts of a failing desk within the window before it is parked."""
    restarts_window_s: float = 60.0
    """The window for counting restarts."""
    max_idempotency_keys: int = 1_000
    """Idempotency keys that a desk remembers."""
    idempotency_ttl_h: float = 24.0
    """How long it remembers them."""

    # Tokens, which work costs.
    tariff: str = ""
    """File (TOML) with the prices of work and the limits of plans."""
    opening_tokens: int = 10_000
    """Tokens that a new desk has."""
    max_ledger_entries: int = 1_000
    """Movements of tokens that a desk remembers, and most holds on them at once."""

    # A job and its files.
    outcome_buffer_s: float = 0.2
    """How long outcomes may wait in memory before they are written."""
    max_log_bytes: int = 32 * 1024 * 1024
    """Largest log of a job."""
    max_audit_bytes: int = 4 * 1024 * 1024
    """Largest file of a desk's audit log; as much again of what came before is kept."""
    max_artifact_bytes: int = 256 * 1024 * 1024
    """Largest file that a job may make."""
    storage_threads: int = 4
    """Threads that write and sync."""
    ballast_bytes: int = 1024 * 1024
    """Space kept back so that a full disk still lets jobs be cancelled and deleted."""

    # Workers and what they may do.
    net_workers: int = 0
    """Processes for network work; 0: 2 where there are 2 cores or more, else 1."""
    max_outgoing_sockets: int = 2_000
    """Outgoing connections of all jobs together."""
    worker_idle_s: float = 300.0
    """When a worker process without work is ended."""
    worker_max_age_s: float = 21_600.0
    """Age at which a worker process is replaced."""
    worker_max_items: int = 200_000
    """Items after which a worker process is replaced."""
    worker_max_memory_bytes: int = 1024 * 1024 * 1024
    """Memory at which a worker process is replaced."""
    worker_start_timeout_s: float = 20.0
    """How long a worker process may take to start."""
    worker_silence_s: float = 30.0
    """When a worker process that holds items and says nothing is killed."""
    max_response_bytes: int = 10 * 1024 * 1024
    """Most bytes read of a response."""
    dns_threads: int = 32
    """Name look-ups at once, in each worker; a job has half of them at most."""
    host_backoff_max_s: float = 300.0
    """Longest pause that a remote host can ask for."""

    # Browsers, for journeys.
    chromium: str = ""
    """The Chromium to drive; else one on the PATH, else Playwright's own."""
    browser_pages: int = 0
    """Pages open at once, of all desks together; 0: 2 a core, at most 8."""
    browser_recycle_pages: int = 100
    """Pages after which a browser is replaced."""
    browser_max_memory_bytes: int = 2 * 1024 * 1024 * 1024
    """Memory of a browser, all its processes together, at which it is replaced."""
    page_max_memory_bytes: int = 1024 * 1024 * 1024
    """Memory of one process of a page at which that page is ended."""
    browser_hung_s: float = 15.0
    """When a browser that does not answer is killed."""

    # LibreOffice, for documents as PDF.
    soffice: str = ""
    """The LibreOffice to use; else one on the PATH, else where packages put it."""
    office_workers: int = 0
    """Jailed processes, each with a LibreOffice and one document at a time; 0: one a core."""
    office_max_memory_bytes: int = 2 * 1024 * 1024 * 1024
    """Most address space of such a process."""
    office_recycle_documents: int = 500
    """Documents after which such a process is replaced."""

    # Work on hostile bytes: uploads, and bodies that values are taken from.
    jail: Literal["on", "strict", "off"] = "on"
    """What must hold its workers; on: the required layers, strict: all, off: only limits."""
    extract_processes: int = 2
    """Jailed processes of each network worker that take values out of bodies."""
    extract_s: float = 2.0
    """Time to find the values of one body."""
    extract_max_memory_bytes: int = 512 * 1024 * 1024
    """Most address space of such a process."""
    max_extract_bytes: int = 4 * 1024 * 1024
    """Most bytes of a body that values are looked for in."""
    cpu_workers: int = 0
    """Jailed processes, each with one item at a time; 0: one a core."""
    cpu_max_memory_bytes: int = 1024 * 1024 * 1024
    """Most address space of a jailed process."""
    cpu_max_file_bytes: int = 64 * 1024 * 1024
    """Largest file that a jailed process may write."""
    cpu_item_cpu_s: int = 20
    """Processor time that an item may use."""
    cpu_item_s: float = 60.0
    """Time that an item may take in all."""
    cpu_lease_items: int = 32
    """Items that a jailed process holds at most, so that it never waits for the next one."""
    max_unpacked_bytes: int = 64 * 1024 * 1024
    """What an uploaded archive or workbook may unpack to, and its rows may hold."""
    max_archive_entries: int = 1_000
    """Most entries of an uploaded archive or workbook."""
    max_upload_cells: int = 1_000_000
    """Most cells of an uploaded file's rows."""

    # Stopping: SIGTERM to exit.
    drain_s: float = 2.0
    """How long items in flight may take to end when the server stops."""
    stop_s: float = 5.0
    """When the server has stopped, at the latest; then it exits hard."""

    def binds(self) -> tuple[tuple[str, int], ...]:
        """The addresses to serve at, as (host, port). Raises ConfigError."""
        if not self.bind:
            return ((self.host, self.port),)
        return tuple(parse_bind(text) for text in self.bind)

    def lane_widths(self) -> LaneWidths:
        """How many jobs of each lane run at once. Raises ConfigError."""
        return parse_lane_widths(self.lane_width)

    def validate(self) -> None:
        """Raises ConfigError that names every value out of its range, by its flag."""
        wrong = []
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = RANGES.get(field.name, (None, None))
            # Written so that a NaN is wrong too.
            if low is not None and high is not None and not low <= value <= high:
                wrong.append(f"{flag_of(field.name)} {value} is not within {low} to {high}")
        if self.drain_s > self.stop_s:
            wrong.append(f"--drain-s {self.drain_s} is longer than --stop-s {self.stop_s}")
        if self.timezone != "auto" and not is_zone(self.timezone):
            wrong.append(f"--timezone {self.timezone!r} is no time zone that is known here")
        if wrong:
            raise ConfigError("; ".join(wrong))
        self.binds()
        self.lane_widths()


def flag_of(field_name: str) -> str:
    """The flag of a field: `max_items` -> `--max-items`."""
    return "--" + field_name.replace("_", "-")


def variable_of(field_name: str) -> str:
    """The environment variable of a field: `max_items` -> `NIGHTDESK_MAX_ITEMS`."""
    return "NIGHTDESK_" + field_name.upper()
