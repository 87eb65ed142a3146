import { getConfig } from "../config.ts";
import { useIndexStatus } from "../data/useIndexStatus.ts";
import { clockTime } from "../ui/time.ts";

/** How fresh the page's data is, from where. */
export function DataStatus() {
  const { data, error, isPending } = useIndexStatus();
  if (isPending) return <p>Asking the indexer how fresh its data is …</p>;
  if (data === undefined) return <p role="status">The indexer does not answer ({(error as Error).message}). What stands here is from before.</p>;
  const { indexed, head, lagBlocks } = data;
  const source = `indexer of ${getConfig().name}, asked at ${clockTime(data.askedAtMs / 1000)}`;
  if (indexed === null) return <p role="status">Nothing is indexed yet. Source: {source}.</p>;
  if (head === null) return <p role="status">Data of block {indexed.number}; the chain does not answer the indexer. Source: {source}.</p>;
  return (
    <p role="status">
      {lagBlocks === 0 ? `Data of block ${indexed.number}, the newest.` : `Data is ${lagBlocks} ${lagBlocks === 1 ? "block" : "blocks"} behind: of block ${indexed.number} of ${head.number}.`}{" "}
      Source: {source}.
    </p>
  );
}
