// The words of the page itself: parts that are loaded, a server that was renewed.
export default {
  "skip": "Skip to the jobs",
  "help.switch": "Keys of one letter",
  "help.switch.note": "Off: only Tab, Enter, arrows and Esc do something.",
  "help.open.label": "Keys, and what they do",
  "lazy.opening": "Opening…",
  "lazy.missing": "This part of the page could not be loaded: the server did not answer. Nothing of your work is lost.",
  "lazy.outdated": "The server has been updated since this page was opened. Reload the page to go on; your jobs go on meanwhile.",
  "lazy.reload": "Reload the page",
  "trust.newer": "Updated: reload the page",
};
