// The words of the desk's pool of proxies; in English.
export default {
  "proxies.open": "Proxies",
  "proxies.title": "Proxies",
  "proxies.about":
    "What jobs go through that ask for it (“Through the desk’s proxies” in a new job). One that fails is passed over for a while and comes back; where none works, items wait.",
  "proxies.server": "The server has {n} more, for every desk.",
  "proxies.list": "The proxies of this desk",
  "proxies.list.note":
    "One a line: host:port, scheme://user:password@host:port or host:port:user:password. A password is never shown again: *** keeps it.",
  "proxies.fares": "{ok} answers, {failed} failures",
  "proxies.benched": "passed over until {time}",
  "proxies.check": "Check and add",
  "proxies.check.note": "A proxy, or the address of a list of them.",
  "proxies.check.do": "Check",
  "proxies.added": "Of use: {n} found",
  "proxies.useless": "Of no use: {reason}",
  "proxies.save": "Save",
  "proxies.saved": "Saved",
};
