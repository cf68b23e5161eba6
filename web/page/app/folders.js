// Which folders a form offers, made of those that the server says to have pictures. Pure.

// The folders that such folders lie in, by their paths: `{path, images_n, truncated, folders_n}` with
// all that is below them. A job's pictures lie in one folder.
function above(folders) {
  const found = new Map();
  for (const { path, job_id: job, images_n: n, truncated } of folders) {
    if (job !== null) continue;
    const steps = path.split("/");
    for (let depth = 1; depth < steps.length; depth += 1) {
      const above = steps.slice(0, depth).join("/");
      const known = found.get(above) ?? { path: above, job_id: null, images_n: 0, within: new Set() };
      known.images_n += n;
      known.truncated ||= truncated;
      known.within.add(steps[depth]);
      found.set(above, known);
    }
  }
  return [...found.values()].map(({ within, ...rest }) => ({ ...rest, folders_n: within.size }));
}

const byPath = (one, other) => one.path.localeCompare(other.path);

// To look into: those of jobs, the newest first, and the operator's, whole and in parts.
export function toLookInto(folders) {
  const own = folders.filter(({ job_id: job }) => job !== null);
  const opened = folders.filter(({ job_id: job }) => job === null);
  const known = new Set(opened.map(({ path }) => path));
  const whole = above(folders).filter(({ path }) => !known.has(path));
  return [...own, ...[...opened, ...whole].sort(byPath)];
}

// To learn from: those with several folders in them, each a label.
export const toLearnFrom = (folders) =>
  above(folders).filter(({ folders_n: n }) => n > 1).sort(byPath);
