import { useState } from "react";
import { applyTheme, readTheme, type Theme } from "./theme.ts";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const SIGN: Record<Theme, string> = { system: "◐", light: "☀", dark: "☾" };

export function ThemeToggle() {
  const [theme, setTheme] = useState(readTheme);
  const turn = () => {
    applyTheme(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  return (
    <button type="button" className="button w-10 px-0" onClick={turn} aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}.`} title={`Theme: ${theme}`}>
      <span aria-hidden="true">{SIGN[theme]}</span>
    </button>
  );
}
