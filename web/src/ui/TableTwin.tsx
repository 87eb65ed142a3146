import { useState, type ReactNode } from "react";

/** A chart or map, and the same as a table for whoever reads tables better. */
export function TableTwin({ name, picture, table }: { name: string; picture: ReactNode; table: ReactNode }) {
  const [asTable, setAsTable] = useState(false);
  return (
    <div>
      {asTable ? table : picture}
      <button type="button" className="button mt-3" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
        {asTable ? `Show ${name} as a picture` : `Show ${name} as a table`}
      </button>
    </div>
  );
}
