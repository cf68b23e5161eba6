// Small drawings, all on a 16 px square in the current colour. A status is told by its shape first.
import { html } from "../html.js";

const svg = (body, label) => html`
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor"
    stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"
    role=${label ? "img" : null} aria-label=${label ?? null} aria-hidden=${label ? null : "true"}>
    ${body}
  </svg>`;

const STATUS = {
  completed: html`<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" />
    <path d="M4.8 8.3l2.2 2.2 4.2-4.6" stroke="var(--surface)" />`,
  partially_completed: html`<path d="M8 1.6l6.8 12.2H1.2z" fill="currentColor" stroke="none" />
    <path d="M8 6.2v3.4M8 11.7v.1" stroke="var(--surface)" />`,
  failed: html`<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="currentColor"
    stroke="none" />
    <path d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2" stroke="var(--surface)" />`,
  cancelled: html`<circle cx="8" cy="8" r="6" /><path d="M3.9 12.1l8.2-8.2" />`,
  running: html`<circle cx="8" cy="8" r="6" /><path d="M6.7 5.6l3.9 2.4-3.9 2.4z"
    fill="currentColor" />`,
  paused: html`<path d="M5.2 3v10M10.8 3v10" stroke-width="3" />`,
  queued: html`<circle cx="8" cy="8" r="6" /><path d="M8 4.8V8l2.2 1.6" />`,
  scheduled: html`<circle cx="8" cy="8" r="6" /><path d="M8 4.8V8l2.2 1.6" />`,
  pending: html`<circle cx="8" cy="8" r="6" stroke-dasharray="2.2 2.5" />`,
};

export const StatusIcon = ({ status, label }) =>
  html`<span class="mark ${status}" title=${label}>${svg(STATUS[status], label)}</span>`;

const SHAPES = {
  more: html`<path d="M3.2 8h.01M8 8h.01M12.8 8h.01" stroke-width="2.4" />`,
  close: html`<path d="M4 4l8 8M12 4l-8 8" />`,
  copy: html`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M10.5 3v-.5h-8v8H3" />`,
  check: html`<path d="M3 8.5l3.2 3.2L13 4.8" />`,
  plus: html`<path d="M8 3v10M3 8h10" />`,
  up: html`<path d="M8 12.5v-9M4 7.2l4-4 4 4" />`,
  down: html`<path d="M8 3.5v9M4 8.8l4 4 4-4" />`,
  remove: html`<path d="M2.8 4.5h10.4M6.2 4.3V2.8h3.6v1.5M4.2 4.7l.6 8.5h6.4l.6-8.5" />`,
  open: html`<path d="M6 3.5l4.5 4.5L6 12.5" />`,
  back: html`<path d="M10 3.5L5.5 8l4.5 4.5" />`,
  search: html`<circle cx="7" cy="7" r="4.2" /><path d="M10.2 10.2L13.5 13.5" />`,
};

export const Icon = ({ name }) => svg(SHAPES[name]);
