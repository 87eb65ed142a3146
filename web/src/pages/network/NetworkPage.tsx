import { lazy, Suspense } from "react";
import { PageTitle } from "../../ui/Panel.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { ActivityPanel } from "./ActivityPanel.tsx";
import { EpochPanel } from "./EpochPanel.tsx";
import { EpochsPanel } from "./EpochsPanel.tsx";
import { HeadFigures } from "./HeadFigures.tsx";

// Map and charts come when the page stands already: it is the first one that people load.
const MapPanel = lazy(() => import("./MapPanel.tsx"));
const ThroughputPanel = lazy(() => import("./ThroughputPanel.tsx"));
const BurnPanel = lazy(() => import("./BurnPanel.tsx"));

export default function NetworkPage() {
  return (
    <>
      <PageTitle title="Network">
        Relays that carry traffic for pay, watched by each other and owned by whoever runs them. Amounts and counts are the chain's; what a relay says of itself is marked as
        its own word.
      </PageTitle>
      <HeadFigures />
      <div className="grid gap-5">
        <EpochPanel />
        <Later height="h-112">
          <MapPanel />
        </Later>
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <Later height="h-80">
            <ThroughputPanel />
          </Later>
          <Later height="h-80">
            <BurnPanel />
          </Later>
        </div>
        <EpochsPanel />
        <ActivityPanel />
      </div>
    </>
  );
}

function Later({ height, children }: { height: string; children: React.ReactNode }) {
  return (
    <Suspense
      fallback={
        <div className="card" aria-busy="true">
          <Skeleton className={height} />
        </div>
      }
    >
      {children}
    </Suspense>
  );
}
