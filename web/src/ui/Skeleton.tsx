/** A place where something will stand; never a 0. */
export function Skeleton({ className = "h-5 w-24" }: { className?: string }) {
  return <div className={`animate-pulse rounded bg-raised ${className}`} aria-hidden="true" />;
}
