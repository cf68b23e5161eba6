// The way to "same again with changes" from wherever a job is: what fills the form comes when it is
// wanted.
export async function sameAgain(page, job) {
  try {
    const { openAgain } = await import("./again.js");
    await openAgain(page, job);
  } catch (error) {
    if (!error.code) throw error;
    page.notices.error(error, { subject: job.name, again: () => sameAgain(page, job) });
  }
}
