import { Dialog } from "@base-ui/react/dialog";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { PAGES } from "./pages.ts";

interface Entry {
  title: string;
  path: string;
}

/** Ctrl-K: pages by name, a node by index, an address, a CID. */
export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const navigate = useNavigate();
  const entries = find(text);
  const open = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    void navigate({ to: entry.path });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((entries.length + Math.min(chosen, entries.length - 1) + step) % Math.max(1, entries.length));
    } else if (event.key === "Enter") open(entries[Math.min(chosen, entries.length - 1)]);
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <Dialog.Popup className="fixed top-[12vh] left-1/2 z-50 w-[min(36rem,92vw)] -translate-x-1/2 rounded-xl border border-line bg-surface p-3 shadow-xl">
          <Dialog.Title className="sr-only">Go to</Dialog.Title>
          <input
            className="input"
            role="combobox"
            aria-label="Page, node, address or CID"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={entries.length === 0 ? undefined : `palette-${Math.min(chosen, entries.length - 1)}`}
            placeholder="Page, node 3, 0x… or a CID"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setChosen(0);
            }}
            onKeyDown={onKeyDown}
            autoFocus
          />
          <ul id="palette-list" role="listbox" aria-label="Where to go" className="mt-2 max-h-[50vh] overflow-y-auto">
            {entries.map((entry, place) => (
              <li
                key={entry.path}
                id={`palette-${place}`}
                role="option"
                aria-selected={place === Math.min(chosen, entries.length - 1)}
                className="cursor-pointer rounded-lg px-3 py-2 text-sm aria-selected:bg-raised"
                onClick={() => open(entry)}
                onMouseMove={() => setChosen(place)}
              >
                {entry.title}
              </li>
            ))}
          </ul>
          {entries.length === 0 && <p className="px-3 py-2 text-sm text-muted">Nothing of that name. Try a page, a node's index, an address or a CID.</p>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function find(text: string): Entry[] {
  const query = text.trim();
  const node = /^(?:node\s*)?#?(\d{1,7})$/i.exec(query)?.[1];
  if (node !== undefined) return [{ title: `Node ${node}`, path: `/nodes/${node}` }];
  if (/^0x[0-9a-f]{40}$/i.test(query)) return [{ title: `Operator ${query}`, path: `/operators/${query.toLowerCase()}` }];
  if (/^baf[a-z2-7]{50,}$/.test(query)) return [{ title: `Verify the proof ${query}`, path: `/verify?cid=${query}` }];
  const words = query.toLowerCase();
  return PAGES.filter((page) => `${page.title} ${page.words}`.toLowerCase().includes(words)).map(({ title, to }) => ({ title, path: to }));
}
