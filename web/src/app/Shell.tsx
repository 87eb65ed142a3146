import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { Alerts } from "./Alerts.tsx";
import { DataStatus } from "./DataStatus.tsx";
import { Header } from "./Header.tsx";

const CommandPalette = lazy(() => import("./CommandPalette.tsx"));

/** Header, alerts, the page, and how fresh its data is. */
export function Shell() {
  const [paletteOpen, setPaletteOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      setPaletteOpen(true);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <a href="#main" className="button sr-only focus:not-sr-only focus:absolute focus:z-50" onClick={(event) => focusMain(event)}>
        Skip to the page
      </a>
      <Header onSearch={() => setPaletteOpen(true)} />
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-7xl px-4 py-6 outline-none">
        <Alerts />
        <Outlet />
      </main>
      <footer className="mx-auto max-w-7xl px-4 pb-8 text-sm text-muted">
        <DataStatus />
      </footer>
      {paletteOpen && (
        <Suspense>
          <CommandPalette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

// The part of the address behind "#" is the page's path.
function focusMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
