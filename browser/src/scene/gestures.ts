/**
 * What do hands do on the scene? Turns pointer, wheel and key events into moves, taps and hovering. Left drag moves the
 * map, right drag or drag with Ctrl turns and tilts, the wheel zooms to the pointer; one finger moves, two zoom, turn
 * and tilt; arrows, Q/E, R/F or page keys, plus and minus, N and Home do the same from the keyboard.
 */

export interface Moves {
  /** A drag begins over this pixel of the picture. */
  grab(x: number, y: number): void;
  drag(x: number, y: number): void;
  /** Degrees; around what is under the pixel last grabbed. */
  orbit(turn: number, tilt: number): void;
  /** Factor below 1 comes nearer to what is under the pixel. */
  zoom(factor: number, x: number, y: number, smooth: boolean): void;
  /** A drag is over; the speed in pixels per ms. */
  release(): void;
  tap(x: number, y: number): void;
  doubleTap(x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
  /** Keys held down changed. */
  keys(held: ReadonlySet<Hold>): void;
  north(): void;
  home(): void;
  /** Other keys, for tools; true when used. */
  key(key: string): boolean;
}

export type Hold =
  "left" | "right" | "forward" | "back" | "turnLeft" | "turnRight" | "up" | "down" | "nearer" | "farther";

const HOLDS: Record<string, Hold> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "forward",
  ArrowDown: "back",
  q: "turnLeft",
  e: "turnRight",
  r: "up",
  f: "down",
  PageUp: "up",
  PageDown: "down",
  "+": "nearer",
  "=": "nearer",
  "-": "farther",
};

/** Pixels a pointer may move and still have tapped; fingers are broader than mice. */
const STILL = { mouse: 4, touch: 10 };
const DOUBLE = 320;
const TURN = 0.3;

interface Down {
  x: number;
  y: number;
  startX: number;
  startY: number;
  moved: boolean;
  touch: boolean;
}

export function watchGestures(canvas: HTMLCanvasElement, moves: Moves): () => void {
  const down = new Map<number, Down>();
  const held = new Set<Hold>();
  let orbiting = false;
  let lastTap = { time: -Infinity, x: 0, y: 0 };
  let pair: { distance: number; angle: number; x: number; y: number } | null = null;

  const at = (event: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const pairOf = () => {
    const [a, b] = [...down.values()] as [Down, Down];
    return {
      distance: Math.hypot(b.x - a.x, b.y - a.y) || 1,
      angle: (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI,
      x: (a.x + b.x) / 2,
      y: (a.y + b.y) / 2,
    };
  };

  const begin = () => {
    if (down.size === 2) {
      pair = pairOf();
      for (const pointer of down.values()) pointer.moved = true;
      moves.grab(pair.x, pair.y);
    } else if (down.size === 1) {
      pair = null;
      const [only] = down.values() as Iterable<Down>;
      if (only) moves.grab(only.x, only.y);
    }
  };

  const onDown = (event: PointerEvent) => {
    if (event.button > 2) return;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    const [x, y] = at(event);
    orbiting =
      event.pointerType === "mouse" && (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey);
    down.set(event.pointerId, { x, y, startX: x, startY: y, moved: false, touch: event.pointerType === "touch" });
    begin();
  };

  const both = () => {
    const next = pairOf();
    const before = pair ?? next;
    const turn = ((((next.angle - before.angle) % 360) + 540) % 360) - 180;
    moves.zoom(before.distance / next.distance, next.x, next.y, false);
    moves.orbit(-turn, (next.y - before.y) * TURN);
    pair = next;
  };

  const onMove = (event: PointerEvent) => {
    const [x, y] = at(event);
    const pointer = down.get(event.pointerId);
    if (!pointer) return moves.hover(x, y);
    const [dx, dy] = [x - pointer.x, y - pointer.y];
    const limit = pointer.touch ? STILL.touch : STILL.mouse;
    if (!pointer.moved && Math.hypot(x - pointer.startX, y - pointer.startY) < limit) return;
    const started = pointer.moved;
    Object.assign(pointer, { x, y, moved: true });
    if (down.size === 2) both();
    else if (!started) return;
    else if (orbiting) moves.orbit(-dx * TURN, dy * TURN);
    else if (down.size === 1) moves.drag(x, y);
  };

  const onUp = (event: PointerEvent) => {
    const pointer = down.get(event.pointerId);
    if (!pointer) return;
    down.delete(event.pointerId);
    if (down.size > 0) return begin();
    moves.release();
    if (pointer.moved || event.type === "pointercancel" || event.button === 2) return;
    const twice =
      event.timeStamp - lastTap.time < DOUBLE && Math.hypot(pointer.x - lastTap.x, pointer.y - lastTap.y) < 20;
    if (twice) moves.doubleTap(pointer.x, pointer.y);
    else moves.tap(pointer.x, pointer.y);
    lastTap = { time: twice ? -Infinity : event.timeStamp, x: pointer.x, y: pointer.y };
  };

  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 32 : event.deltaMode === 2 ? 400 : 1;
    // Trackpads report a pinch as a wheel with Ctrl and small steps.
    const speed = event.ctrlKey ? 0.01 : 0.0016;
    const step = Math.min(0.5, Math.max(-0.5, event.deltaY * lines * speed));
    moves.zoom(Math.exp(step), ...at(event), true);
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const hold = HOLDS[key];
    if (hold) {
      held.add(hold);
      moves.keys(held);
    } else if (key === "n") moves.north();
    else if (key === "Home") moves.home();
    else if (!moves.key(key)) return;
    event.preventDefault();
  };

  const onKeyUp = (event: KeyboardEvent) => {
    const hold = HOLDS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (hold && held.delete(hold)) moves.keys(held);
  };

  const letGo = () => {
    held.clear();
    moves.keys(held);
  };

  const stop = (event: Event) => event.preventDefault();
  const listeners: [string, (event: never) => void][] = [
    ["pointerdown", onDown],
    ["pointermove", onMove],
    ["pointerup", onUp],
    ["pointercancel", onUp],
    ["pointerleave", () => moves.leave()],
    ["wheel", onWheel],
    ["keydown", onKey],
    ["keyup", onKeyUp],
    ["blur", letGo],
    ["contextmenu", stop],
  ];
  for (const [name, listener] of listeners) {
    canvas.addEventListener(name, listener as EventListener, { passive: false });
  }
  return () => {
    for (const [name, listener] of listeners) canvas.removeEventListener(name, listener as EventListener);
  };
}
