import type { ReactNode } from "react";
import { Notice } from "./Notice.tsx";
import { Skeleton } from "./Skeleton.tsx";

interface QueryState<Data> {
  data: Data | undefined;
  error: Error | null;
  isPending: boolean;
  refetch: () => unknown;
}

/**
 * The four states of live data: loading, failed, empty, there. What was known before a failure stays, marked as old.
 * @param empty what to say and do when there is nothing yet; shown if `isEmpty` says so.
 */
export function QueryView<Data>(props: {
  query: QueryState<Data>;
  isEmpty?: (data: Data) => boolean;
  empty?: ReactNode;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  const { data, error, isPending, refetch } = props.query;
  if (data === undefined && isPending) {
    return (
      <div role="status" aria-busy="true">
        <span className="sr-only">Loading</span>
        {props.skeleton ?? <Skeleton className="h-32" />}
      </div>
    );
  }
  const failure = error !== null && (
    <Notice
      tone="bad"
      title={data === undefined ? "This could not be loaded" : "This is old"}
      action={
        <button type="button" className="button" onClick={() => void refetch()}>
          Try again
        </button>
      }
    >
      {error.message}
    </Notice>
  );
  if (data === undefined) return failure;
  return (
    <>
      {failure}
      {props.isEmpty?.(data) === true ? <div className="py-6 text-center text-muted">{props.empty}</div> : props.children(data)}
    </>
  );
}
