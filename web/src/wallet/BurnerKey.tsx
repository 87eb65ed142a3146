import { useState } from "react";
import { Address } from "../ui/Address.tsx";
import { Notice } from "../ui/Notice.tsx";
import { NEW_BURNER } from "./burner.ts";
import { burnerKey, replaceBurner } from "./burnerProvider.ts";

/** The burner's key: to take it elsewhere, or to throw it away. */
export function BurnerKey() {
  const [shown, setShown] = useState<"nothing" | "key" | "new">("nothing");
  const close = () => setShown("nothing");
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" aria-expanded={shown === "key"} onClick={() => setShown(shown === "key" ? "nothing" : "key")}>
          {shown === "key" ? "Hide its key" : "Show its key"}
        </button>
        <button type="button" className="button" aria-expanded={shown === "new"} onClick={() => setShown(shown === "new" ? "nothing" : "new")}>
          New burner
        </button>
      </div>
      {shown === "key" && (
        <Notice tone="warn" title="Whoever reads this key can spend what the burner holds">
          <p>It lies unprotected in this browser, so it is for play money only. Another wallet can import it:</p>
          <Address value={burnerKey()} full />
        </Notice>
      )}
      {shown === "new" && (
        <Notice
          tone="warn"
          title="The old burner will be gone"
          action={
            <button
              type="button"
              className="button-danger"
              onClick={() => {
                replaceBurner();
                dispatchEvent(new Event(NEW_BURNER));
                close();
              }}
            >
              Make a new one
            </button>
          }
        >
          What the present one holds, its nodes and its leases stay with its key. Copy the key first if you may want them again.
        </Notice>
      )}
    </div>
  );
}
