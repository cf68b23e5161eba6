// How fast the open job went, as long as somebody looks: at most its last two minutes. What it
// draws is the rate beside it, as that came; nothing is asked for.
import { useEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";
import { usePage } from "../page.js";
import { Curve } from "./curve.js";

const EVERY_MS = 2000;
const KEPT = 60;
// As wide as half a minute at first: what has just been opened is to be seen, too.
const LEAST = 15;

export function RateCurve({ job }) {
  const { feed } = usePage();
  const newest = useRef(0);
  newest.current = job.progress.rate_per_s;
  const [rates, setRates] = useState([]);
  useEffect(() => {
    // Of a time in which nobody looked, or nothing was heard, nothing is known: it begins anew.
    const note = () => {
      const isBlind = document.hidden || feed.link.peek().mode === "offline";
      setRates((before) => (isBlind ? [] : [...before.slice(1 - KEPT), newest.current]));
    };
    note();
    const timer = setInterval(note, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const places = Math.max(LEAST, rates.length);
  return useMemo(() => html`<${Curve} values=${rates} places=${places} />`, [rates]);
}
