// A list of any length that draws only the rows in sight. Rows have one height, which the style
// sheet decides and the first row tells; `renderRow(index)` draws one.
import { useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { html } from "../html.js";

const OVERSCAN = 6;
const AT_END_PX = 4;

// What is in sight of the scrolling element `ref`: {top, height} in px, kept up to date.
function useViewport(ref, onScroll) {
  const [view, setView] = useState({ top: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    const read = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const scrolled = () => {
      read();
      onScroll?.(element);
    };
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    read();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }, []);
  return view;
}

function useRowHeight(layer, guess, count, view) {
  const [height, setHeight] = useState(guess);
  useLayoutEffect(() => {
    const real = layer.current?.firstElementChild?.getBoundingClientRect().height;
    if (real > 0 && Math.abs(real - height) > 0.5) setHeight(real);
  }, [count, view.height, view.top]);
  return height;
}

export const isAtEnd = (element) =>
  element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END_PX;

// `reach`: the keyboard scrolls it, where no row can have the focus. `onSight(first, last)` tells which rows are drawn; `follow` keeps the end in sight as it grows.
export function VirtualList(props) {
  const {
    count,
    rowHeight,
    renderRow,
    scrollRef,
    onScroll,
    onSight,
    follow = false,
    reach = false,
    ...rest
  } = props;
  const own = useRef(null);
  const frame = scrollRef ?? own;
  const layer = useRef(null);
  const view = useViewport(frame, onScroll);
  const height = useRowHeight(layer, rowHeight, count, view);
  const first = Math.max(0, Math.floor(view.top / height) - OVERSCAN);
  const last = Math.min(count, Math.ceil((view.top + view.height) / height) + OVERSCAN);
  useLayoutEffect(() => {
    if (follow) frame.current.scrollTop = frame.current.scrollHeight;
  }, [follow, count, height]);
  useLayoutEffect(() => onSight?.(first, last), [first, last, onSight]);
  const rows = [];
  for (let index = first; index < last; index += 1) rows.push(renderRow(index));
  return html`
    <div class="scroll" ref=${frame} tabindex=${reach ? 0 : null}>
      <div class="virtual" style=${{ height: `${count * height}px` }}>
        <div class="layer" ref=${layer} role="list"
          style=${{ transform: `translateY(${first * height}px)` }}
          ...${rest}>${rows}</div>
      </div>
    </div>`;
}

// Brings row `index` into sight; says nothing about focus.
export function scrollToRow(frame, index, count) {
  const height = frame.scrollHeight / Math.max(1, count);
  const top = index * height;
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (top + height > frame.scrollTop + frame.clientHeight) {
    frame.scrollTop = top + height - frame.clientHeight;
  }
}
