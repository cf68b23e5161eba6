// How to do by a program what the page does: for each topic a text in each language that has one.
// Pure, and every text works as it stands: a test runs all of them.
// `seen`: `{origin, desk, kind, name, items, spec, job}`; `job` is an id, or null on a whole desk.
import { asCurl, asJavaScript, asPython, json } from "./docs-snippets.js";

const JSON_LINE = (value) => json(value);
const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
// Kinds whose items are lines of a file with addresses.
const OF_FILES = ["fetch", "visit", "tab"];
const FILE = "urls.csv";
const HEAD = "url";
// A line of the file: what it holds must not end it.
const cell = (value) => (/[",\s]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

const one = (asked) => ({
  curl: asCurl(asked),
  python: asPython(asked),
  javascript: asJavaScript(asked),
});

const addressOf = ({ origin, desk }) => `${origin}/api/desks/${desk}`;
const jobOf = (seen) => `${addressOf(seen)}/jobs/${seen.job}`;
const cli = ({ origin, desk }, ...words) => `nightdesk ${words.join(" ")} --url ${origin} --desk ${desk}`;

function get(base, query = {}) {
  return one({ base, path: "", method: "GET", query, headers: {}, body: null });
}
function post(base, body = null) {
  return one({ base, path: "", method: "POST", query: {}, headers: {}, body });
}

function make(seen) {
  const { kind, name, items, spec } = seen;
  const body = { kind, name, items, spec, start: true };
  const lines = [`printf %s ${quoted(JSON_LINE({ items, spec }))} > items.json`];
  return {
    ...post(`${addressOf(seen)}/jobs`, body),
    cli: [...lines, cli(seen, "submit", "job", kind, "items.json", `--name=${quoted(name)}`, "--start")].join("\n"),
  };
}

const again = (seen) => ({ ...post(`${jobOf(seen)}/repeat`), cli: cli(seen, "repeat", seen.job) });

const PYTHON_WAIT = (seen) => `import json
import urllib.error
import urllib.request

desk, job_id = ${JSON_LINE(addressOf(seen))}, ${JSON_LINE(seen.job)}
revision = 0
while True:
    try:
        with urllib.request.urlopen(f"{desk}?after={revision}&wait=25", timeout=60) as answer:
            snapshot = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code != 304:  # 304: nothing new within 25 s
            raise
        continue
    revision = snapshot["revision"]
    job = next(one for one in snapshot["jobs"] if one["id"] == job_id)
    print(job["status"], job["counts"]["done"], "of", job["counts"]["total"])
    if job["ended_at"]:
        break`;

const SCRIPT_WAIT = (seen) => `const desk = ${JSON_LINE(addressOf(seen))};
const jobId = ${JSON_LINE(seen.job)};
let revision = 0;
for (let ended = false; !ended; ) {
  const response = await fetch(\`\${desk}?after=\${revision}&wait=25\`);
  if (response.status === 304) continue; // nothing new within 25 s
  if (!response.ok) throw new Error(await response.text());
  const snapshot = await response.json();
  revision = snapshot.revision;
  const job = snapshot.jobs.find(({ id }) => id === jobId);
  console.log(job.status, job.counts.done, "of", job.counts.total);
  ended = job.ended_at !== null;
}`;

// The line of a job that has ended is told; of one that has not, nothing.
const CURL_WAIT = (seen) => `until curl --silent ${quoted(`${addressOf(seen)}/jobs/${seen.job}`)} \\
  | grep -E '"ended_at":"[^"]+"'; do sleep 2; done`;

const wait = (seen) => ({
  curl: CURL_WAIT(seen),
  python: PYTHON_WAIT(seen),
  javascript: SCRIPT_WAIT(seen),
  cli: cli(seen, "watch", seen.job),
});

const SCRIPT_SOCKET = (seen) => `const socket = new WebSocket(${JSON_LINE(`${addressOf(seen).replace(/^http/, "ws")}/stream?after=0`)});
socket.onmessage = ({ data }) => {
  const frame = JSON.parse(data);
  for (const job of frame.jobs ?? []) console.log(frame.type, job.name, job.status);
};`;

const PYTHON_CLIENT = (seen) => `from nightdesk import Client

with Client(${JSON_LINE(seen.origin)}, desk=${JSON_LINE(seen.desk)}) as desk:
    for job in desk.watch(${JSON_LINE(seen.job)}):
        print(job.status, job.counts.done, "of", job.counts.total)`;

const socket = (seen) => ({ python: PYTHON_CLIENT(seen), javascript: SCRIPT_SOCKET(seen) });

const failed = (seen) => ({
  ...get(`${jobOf(seen)}/items`, { status: "failed", limit: 100 }),
  cli: cli(seen, "items", seen.job, "--status", "failed"),
});

// What comes as a file is written into one.
function download(address, name) {
  return {
    curl: `curl --fail --output ${name} ${quoted(address)}`,
    python: `import urllib.request\n\nprint(urllib.request.urlretrieve(${JSON_LINE(address)}, ${JSON_LINE(name)})[0])`,
    javascript: `const response = await fetch(${JSON_LINE(address)});
if (!response.ok) throw new Error(await response.text());
const file = await response.blob();
console.log(file.size, file.type);`,
  };
}

const outcomes = (seen) => ({
  ...download(`${jobOf(seen)}/export?format=csv`, "outcomes.csv"),
  cli: cli(seen, "export", seen.job, "--format", "csv", "--out", "outcomes.csv"),
});

const files = (seen) => ({
  ...download(`${jobOf(seen)}/artifacts.zip`, "files.zip"),
  cli: cli(seen, "files", seen.job, "--out", "saved"),
});

const retry = (seen) => ({ ...post(`${jobOf(seen)}/retry`), cli: cli(seen, "retry", seen.job) });

const SCRIPT_UPLOAD = (seen, job, text) => `const form = new FormData();
form.append("job", ${JSON_LINE(JSON_LINE(job))});
form.append("items", new File([${JSON_LINE(text)}], ${JSON_LINE(FILE)}));
const response = await fetch(${JSON_LINE(`${addressOf(seen)}/jobs`)}, { method: "POST", body: form });
if (!response.ok) throw new Error(await response.text());
console.log(await response.text());`;

function upload(seen) {
  const { kind, name, origin, desk } = seen;
  const job = { kind, name, start: true };
  const rows = [HEAD, ...seen.items.map((item) => cell(String(item.url ?? item)))];
  const text = rows.join("\n");
  const written = [`printf '%s\\n' ${rows.map(quoted).join(" ")} > ${FILE}`];
  return {
    curl: [
      ...written,
      `curl --fail-with-body --form-string ${quoted(`job=${JSON_LINE(job)}`)} --form items=@${FILE} ${quoted(`${addressOf(seen)}/jobs`)}`,
    ].join("\n"),
    python: `from nightdesk import Client

data = ${JSON_LINE(text)}.encode()
with Client(${JSON_LINE(origin)}, desk=${JSON_LINE(desk)}) as desk:
    job = desk.submit_file(${JSON_LINE(FILE)}, data, kind=${JSON_LINE(kind)}, name=${JSON_LINE(name)})
print(job.id)`,
    javascript: SCRIPT_UPLOAD(seen, job, text),
    cli: [...written, cli(seen, "submit", kind, FILE, "--start")].join("\n"),
  };
}

const HOOK = "https://hooks.example/nightdesk";
const EVENTS = ["completed", "partially_completed", "failed"];

const PYTHON_HOOK = (seen) => `import json
import urllib.request

address = ${JSON_LINE(`${addressOf(seen)}/webhooks`)}
with urllib.request.urlopen(address) as answer:
    webhooks = [{name: one[name] for name in ("id", "url", "events")} for one in json.load(answer)["webhooks"]]
webhooks.append({"url": ${JSON_LINE(HOOK)}, "events": ${JSON_LINE(EVENTS)}})
request = urllib.request.Request(
    address,
    data=json.dumps({"webhooks": webhooks}).encode(),
    headers={"Content-Type": "application/json"},
    method="PUT",
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)["webhooks"][-1]["secret"])`;

const SCRIPT_HOOK = (seen) => `const address = ${JSON_LINE(`${addressOf(seen)}/webhooks`)};
const known = (await (await fetch(address)).json()).webhooks;
const webhooks = known.map(({ id, url, events }) => ({ id, url, events }));
webhooks.push({ url: ${JSON_LINE(HOOK)}, events: ${JSON_LINE(EVENTS)} });
const response = await fetch(address, {
  method: "PUT",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ webhooks }),
});
if (!response.ok) throw new Error(await response.text());
console.log((await response.json()).webhooks.at(-1).secret);`;

const webhook = (seen) => ({
  python: PYTHON_HOOK(seen),
  javascript: SCRIPT_HOOK(seen),
  cli: cli(seen, "webhooks", "add", HOOK),
});

const text = ({ origin, desk, job }) => ({
  curl: `curl --fail-with-body ${quoted(`${origin}/s/${desk}${job ? `/jobs/${job}` : ""}.txt`)}`,
});

const OF_A_JOB = { make, again, wait, socket, text, failed, retry, outcomes, files, upload, webhook };
const OF_A_DESK = { make, upload, text, webhook };

// `{topic: {language: text}}`, in the order in which they are shown.
export function topicsOf(seen) {
  const topics = Object.entries(seen.job === null ? OF_A_DESK : OF_A_JOB);
  return Object.fromEntries(
    topics
      .filter(([name]) => name !== "upload" || OF_FILES.includes(seen.kind))
      .map(([name, write]) => [name, write(seen)]),
  );
}
