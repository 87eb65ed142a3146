import { createHashHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound } from "./app/NotFound.tsx";
import { PageFailure } from "./app/PageFailure.tsx";
import { PagePending } from "./app/PagePending.tsx";
import { Shell } from "./app/Shell.tsx";

/** A page keeps its filters in the URL as plain strings and reads them with `useFilters`. */
export type Search = Record<string, string | undefined>;

const validateSearch = (search: Record<string, unknown>): Search =>
  Object.fromEntries(Object.entries(search).map(([key, value]) => [key, value === undefined || value === null ? undefined : String(value)]));

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound, validateSearch });

const page = <Path extends string>(path: Path, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => rootRoute, path, component: lazyRouteComponent(load) });

const routes = [
  page("/", () => import("./pages/network/NetworkPage.tsx")),
  page("/nodes", () => import("./pages/node/NodesPage.tsx")),
  page("/nodes/$index", () => import("./pages/node/NodePage.tsx")),
  page("/operators/$address", () => import("./pages/node/OperatorPage.tsx")),
  page("/operate", () => import("./pages/operate/OperatePage.tsx")),
  page("/market", () => import("./pages/market/MarketPage.tsx")),
  page("/leases/$lease", () => import("./pages/market/LeasePage.tsx")),
  page("/govern", () => import("./pages/govern/GovernPage.tsx")),
  page("/govern/$proposal", () => import("./pages/govern/ProposalPage.tsx")),
  page("/use", () => import("./pages/use/UsePage.tsx")),
  page("/verify", () => import("./pages/verify/VerifyPage.tsx")),
  page("/debug", () => import("./pages/debug/DebugPage.tsx")),
];

/** The path stands behind the "#": a static build works in any folder of any server, an IPFS gateway included. */
export function createAppRouter() {
  return createRouter({
    routeTree: rootRoute.addChildren(routes),
    history: createHashHistory(),
    defaultPreload: "intent",
    defaultPendingComponent: PagePending,
    defaultErrorComponent: PageFailure,
    scrollRestoration: true,
    // Filters are plain strings: ?region=eu-frankfurt, not JSON.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const entries = Object.entries(search as Search).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "");
      return entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
