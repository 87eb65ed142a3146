import { Skeleton } from "../ui/Skeleton.tsx";

export function PagePending() {
  return (
    <div className="grid gap-4" aria-busy="true">
      <Skeleton className="h-8 w-48" />
      <Skeleton className="h-64" />
    </div>
  );
}
