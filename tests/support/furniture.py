"""What every desk of the access matrix has, by its name, and the bodies of requests about it.

Used by `tests.support.access`.
"""

from __future__ import annotations

import msgspec

from executors.agent.options import DEFAULTS as AGENT_DEFAULTS
from executors.documents import columns, facts
from state.digests import digest_of
from state.library import Character, DataSource, Model, Picture, Preset, Template
from state.model import Counts, Job, JobStatus
from state.notices import Webhook
from tests.web.conftest import GUEST

ARTIFACT = "page.html"
# The id by which every owner calls a task of their own.
TASK = "task_1"
WEBHOOK = Webhook("hook", "https://example.com/", ("failed",), "webhook.hook")
FACTS = facts.encode(facts.TemplateFacts("txt"))
COLUMNS = columns.encode(columns.SourceFacts(()))
TEMPLATE = Template(
    id="letter",
    name="Letter",
    digest=digest_of(b"Dear"),
    facts=digest_of(FACTS),
    format="txt",
    size_bytes=4,
)
SOURCE = DataSource(
    id="people",
    name="People",
    digest=digest_of(b"{}\n"),
    facts=digest_of(COLUMNS),
    format="csv",
    columns_n=0,
    rows=1,
    size_bytes=3,
)
PICTURE = Picture(
    id="logo",
    name="Logo",
    digest=digest_of(b"Dear"),
    thumbnail=digest_of(b"Dear"),
    format="png",
    width=1,
    height=1,
    size_bytes=4,
)
# What their files say is nothing.
EMPTY = b"{}\n"
PRESET = Preset(id="soft", name="Soft", digest=digest_of(EMPTY), size_bytes=3, is_default=True)
CHARACTER = Character(id="miku", name="Miku", digest=digest_of(EMPTY), size_bytes=3)
MODEL = Model(
    id="pets",
    name="Pets",
    digest=digest_of(b"Dear"),
    facts=digest_of(EMPTY),
    job_id="gone",
    labels_n=2,
    accuracy=0.5,
    pictures_n=9,
    size_bytes=4,
)
# A folder that the operator has opened, with a picture in it; and what tasks have made.
FOLDER, IMAGE = "pets", "a.png"
TAGS_FILE = "a.txt"
PIXELS = b"\x89PNG\r\n\x1a\n"


def made_by(kind):
    """A task that has ended."""
    return Job(
        id=f"{kind}_1",
        kind=kind,
        name=kind,
        lane=kind,
        arrival=1_002,
        status=JobStatus.COMPLETED,
        counts=Counts(1, ok=1),
        run=1,
        created_at=1_700_000_000.0,
        ended_at=1_700_000_001.0,
    )


PICTURES, TAGS = made_by("generate"), made_by("tag")
# A task of an agent, with a piece of its transcript.
AGENTS = msgspec.structs.replace(made_by("agent"), spec={**AGENT_DEFAULTS, "model": "small"})
AGENT_TASK = {"dir": "game", "first_prompt": "Write a game"}
PIECE = "game/transcript/0001.jsonl"
OF_TASKS = {job.id: job for job in (PICTURES, TAGS, AGENTS)}
OFFER = "offer_1"
DOCUMENT = "1.txt"
DOCUMENTS = Job(
    id="documents_1",
    kind="document",
    name="Letters",
    lane="documents",
    arrival=1_000,
    status=JobStatus.COMPLETED,
    counts=Counts(1, ok=1),
    run=1,
    created_at=1_700_000_000.0,
    ended_at=1_700_000_001.0,
    spec={
        "templates": [{"id": TEMPLATE.id, "name": TEMPLATE.name, "digest": TEMPLATE.digest}],
        "format": "txt",
        "mode": "parallel",
        "file_name": "{{ _index }}",
        "concurrency": 1,
        "retries": 0,
        "timeout_s": None,
        "stop_on_failure": False,
        "missing": "error",
        "locale": "en",
        "filter": None,
        "limit": None,
        "data_source": None,
    },
)
# A task of the task manager.
MANAGED = Job(
    id="managed_1",
    kind="crawl",
    name="Cats",
    lane="crawl",
    arrival=1_001,
    status=JobStatus.COMPLETED,
    counts=Counts(1, ok=1),
    run=1,
    created_at=1_700_000_000.0,
    ended_at=1_700_000_001.0,
    spec={"source": None},
)
BODIES = {
    "CreateJobBody": {"kind": "fetch", "items": ["https://example.com/"]},
    "RemoveFilesBody": {"names": [ARTIFACT]},
    "WebhooksBody": {"webhooks": []},
    "EgressBody": {"allow": [], "deny": []},
    "GrantBody": {"amount": 5, "key": "k"},
    "PlanBody": {"plan": ""},
    "PaceBody": {"max_in_flight": 1},
    "RepeatBody": {"start": False},
    "JourneysBody": {"journeys": ["https://example.com/"]},
    "BackgroundTasksBody": {"tasks": ["https://example.com/"]},
    "UuidBody": {"uuid": GUEST},
    "BatchTaskBody": {"mode": "silent", "urls": ["https://example.com/"]},
    "BatchStartBody": {"urls": ["https://example.com/"]},
    "BatchIdBody": {"taskId": TASK},
    "TemplateBody": {"name": "Another"},
    "MatchBody": {"columns": []},
    "PreviewBody": {"spec": {}},
    "OfferBody": {"offerUrl": "https://example.com/"},
    "DocumentsTaskBody": {"templateIds": ["letter"], "outputFormat": "txt", "data": [{}]},
    "TaskIdsBody": {"taskIds": [DOCUMENTS.id]},
    "ManagerTaskBody": {"task_id": MANAGED.id},
    "ManagerResultsBody": {"task_id": MANAGED.id},
    "ManagerCleanupBody": {"cleanup_type": "all"},
    "ManagerGenerateBody": {"prompt": "a cat"},
    "ManagerCrawlBody": {"type": "tag", "query": "cat"},
    "ManagerTagBody": {"input_dir": "pets"},
    "ManagerTrainBody": {"input_dir": "pets", "name": "pets"},
    "ManagerClassifyBody": {"input_dir": "pets", "model": "pets"},
    "ManagerAnalyzeBody": {"image_path": "pets/a.png"},
    "ManagerFilesBody": {"file_paths": ["pets/a.png"]},
    "NewPresetBody": {"name": "New"},
    "PresetBody": {"name": "Another"},
    "PresetsFileBody": {"configs": [{"config_name": "New"}]},
    "NewCharacterBody": {"name": "New", "tags": ["hat"]},
    "CharacterBody": {"name": "Another"},
    "ModelBody": {"name": "Another"},
    "ManagerConfigBody": {"name": "New"},
    "ManagerConfigIdBody": {"config_id": PRESET.id},
    "ManagerConfigUpdateBody": {"config_id": PRESET.id, "config": {"steps": 9}},
    "ManagerImportBody": {"config_name": "New", "config": {}},
    "ManagerCharacterBody": {"name": "New", "core_tags": ["hat"]},
    "ManagerCharacterUpdateBody": {"name": CHARACTER.name, "tags": ["hat"]},
    "ManagerCharacterNameBody": {"name": CHARACTER.name},
    "TokenConsumeBody": {"operation": "silent", "tokens": 1},
}


SCHEDULED = {**BODIES["BatchStartBody"], "start_time": "00:00", "end_time": "24:00"}
