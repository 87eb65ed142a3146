import { styleText } from "node:util";
import type { WriteStream } from "node:tty";
import type { Progress } from "../devnet/progress.ts";

export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface ScreenProgress extends Progress {
  /** Shows a line below everything else; "" removes it. */
  footer(text: string): void;
  close(): void;
}

interface Step {
  title: string;
  detail: string;
  startedMs: number;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** Live lines with a spinner on a terminal, one plain line per finished step elsewhere. */
export function createProgress(screen: Screen): ScreenProgress {
  const running = new Set<Step>();
  const live = screen.isTTY === true;
  let footer = "";
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const erase = () => {
    if (drawn > 0) screen.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = () => {
    if (!live) return;
    const spinner = FRAMES[frame % FRAMES.length] ?? "";
    const lines = [...running].map((step) => `${paint(screen, "cyan", spinner)} ${label(step)}`);
    if (footer !== "") lines.push(footer);
    for (const line of lines) screen.write(`${fit(line, screen.columns)}\n`);
    drawn = lines.length;
  };
  const print = (line: string) => {
    erase();
    screen.write(`${line}\n`);
    draw();
  };
  const animate = () => {
    if (!live) return;
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    } else {
      timer ??= setInterval(() => {
        frame++;
        erase();
        draw();
      }, FRAME_MS);
    }
  };

  return {
    async step(title, work) {
      const step: Step = { title, detail: "", startedMs: performance.now() };
      running.add(step);
      animate();
      try {
        const result = await work((detail) => {
          step.detail = detail;
        });
        running.delete(step);
        const seconds = ((performance.now() - step.startedMs) / 1000).toFixed(1);
        print(`${paint(screen, "green", "✓")} ${title} ${paint(screen, "dim", `${seconds} s`)}`);
        return result;
      } catch (error) {
        running.delete(step);
        print(`${paint(screen, "red", "✗")} ${label(step)}`);
        throw error;
      } finally {
        animate();
      }
    },
    note: (text) => print(`${paint(screen, "yellow", "!")} ${text}`),
    footer(text) {
      erase();
      footer = text;
      draw();
    },
    close() {
      clearInterval(timer);
      erase();
      footer = "";
    },
  };
}

function label({ title, detail }: Step): string {
  return detail === "" ? title : `${title}: ${detail}`;
}

/** Colour only where it is seen and wanted (NO_COLOR). */
export function paint(screen: Screen, style: Parameters<typeof styleText>[0], text: string): string {
  return screen.isTTY === true ? styleText(style, text, { stream: screen as WriteStream }) : text;
}

/** A line that wraps could not be erased. */
function fit(line: string, columns = 80): string {
  // eslint-disable-next-line no-control-regex -- colours take no room
  const visible = line.replace(/\x1b\[[0-9;]*m/g, "");
  return visible.length < columns ? line : `${visible.slice(0, columns - 2)}…`;
}
