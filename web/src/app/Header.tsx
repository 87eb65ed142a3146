import { Link } from "@tanstack/react-router";
import { getConfig } from "../config.ts";
import { WalletButton } from "../wallet/WalletButton.tsx";
import { PAGES } from "./pages.ts";
import { ThemeToggle } from "./ThemeToggle.tsx";

export function Header({ onSearch }: { onSearch: () => void }) {
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-surface">
      <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2">
        <Link to="/" className="flex items-center gap-2 py-1 font-semibold">
          <img src="./icon.svg" alt="" className="size-6" />
          x0tta6bl4
        </Link>
        <span className="rounded-full bg-raised px-2 py-0.5 text-xs text-muted">{getConfig().name}</span>
        <div className="ml-auto flex items-center gap-2">
          <button type="button" className="button" onClick={onSearch} aria-keyshortcuts="Control+K">
            Search <kbd className="hidden text-xs text-muted sm:inline">Ctrl K</kbd>
          </button>
          <ThemeToggle />
          <WalletButton />
        </div>
        <nav aria-label="Pages" className="-mx-1 flex w-full gap-1 overflow-x-auto">
          {PAGES.filter(({ menu }) => menu).map(({ to, title }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === "/", includeSearch: false }}
              className="rounded-lg px-3 py-1.5 text-sm whitespace-nowrap text-muted hover:bg-raised hover:text-text"
              activeProps={{ className: "bg-raised font-medium text-text!", "aria-current": "page" }}
            >
              {title}
            </Link>
          ))}
        </nav>
      </div>
    </header>
  );
}
