"""What of this machine, or of its operator, the kinds of jobs need and have not got: told in forms,
before anybody hands anything over. Built by `nightdesk.serve`.

The reasons name no program and no folder of this machine: whoever reaches it may read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from actors.ports import BrowserUnavailable, ExecutorSpec
from actors.ports.office import OfficeUnavailable
from executors.agent.spec import AgentSpec
from executors.classify.spec import ClassifySpec
from executors.documents.spec import DocumentSpec
from executors.generate.spec import GenerateSpec
from executors.tag.spec import TagSpec
from executors.train.spec import TrainSpec
from executors.vision.place import embedded_model
from executors.visit.spec import VisitSpec
from nightdesk.config import Config
from web.kinds_api import Lack
from workers.browser.find import find_chromium
from workers.office.find import find_office

NO_BROWSER = "this server has no browser: its operator installs Chromium, or names one (--chromium)"
NO_OFFICE = "Word documents become no PDF here: LibreOffice is not installed"
NO_WEBUI = "this server has no WebUI: its operator names one (--webui)"
NO_MODEL = "the model that looks at pictures is not installed on this server (scripts/setup)"
NO_ENDPOINT = "this server has no endpoint for models: its operator names one (--agent-endpoint)"


def lacks_of(
    config: Config, executors: Mapping[str, ExecutorSpec]
) -> Callable[[], Mapping[str, Lack]]:
    """Asked for each answer: what is installed later counts, but for programs, which are looked for
    when the server starts."""
    fixed = _of_programs(config)
    if not config.webui:
        fixed[GenerateSpec.kind] = Lack(NO_WEBUI)
    agent, tag = executors[AgentSpec.kind], executors[TagSpec.kind]
    if isinstance(agent, AgentSpec) and not agent.settings.endpoints:
        fixed[AgentSpec.kind] = Lack(NO_ENDPOINT)

    def found() -> Mapping[str, Lack]:
        lacks = dict(fixed)
        if isinstance(tag, TagSpec) and not tag.analyzers:
            lacks[TagSpec.kind] = Lack(NO_MODEL)
        if not embedded_model().is_file():
            lacks |= {TrainSpec.kind: Lack(NO_MODEL), ClassifySpec.kind: Lack(NO_MODEL)}
        return lacks

    return found


def _of_programs(config: Config) -> dict[str, Lack]:
    lacks: dict[str, Lack] = {}
    try:
        find_chromium(config.chromium)
    except BrowserUnavailable:
        lacks[VisitSpec.kind] = Lack(NO_BROWSER)
    try:
        find_office(config.soffice)
    except OfficeUnavailable:
        lacks[DocumentSpec.kind] = Lack(NO_OFFICE, partly=True)
    return lacks
