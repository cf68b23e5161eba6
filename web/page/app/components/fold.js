// Something that is folded away: it is not drawn before it is opened.
import { useState } from "../../vendor/hooks.js";
import { html } from "../html.js";

export function Fold({ summary, open = false, children, ...rest }) {
  const [isOpen, setOpen] = useState(open);
  const onToggle = (event) => {
    // What is folded within tells it too.
    if (event.target === event.currentTarget) setOpen(event.currentTarget.open);
  };
  return html`<details open=${isOpen} onToggle=${onToggle} ...${rest}>
    <summary>${summary}</summary>${isOpen && children}</details>`;
}
