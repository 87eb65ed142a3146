import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

/** A dialog over the page; Escape or a click beside it closes it, unless `isBusy`. */
export function Modal({ title, onClose, children, isBusy = false }: { title: string; onClose: () => void; children: ReactNode; isBusy?: boolean }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && !isBusy && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <Dialog.Popup className="fixed top-1/2 left-1/2 z-50 max-h-[90vh] w-[min(32rem,94vw)] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border border-line bg-surface p-5 shadow-xl">
          <div className="mb-4 flex items-start justify-between gap-3">
            <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
            {!isBusy && (
              <Dialog.Close className="button min-h-8 px-2 py-0" aria-label="Close">
                ✕
              </Dialog.Close>
            )}
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
