/** How the launcher tells a person what it does; cli/ puts it on the screen. */
export interface Progress {
  /** Shows `title` while `work` runs; `say` adds what it does right now. */
  step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>;
  /** Something a person should know, now. */
  note(text: string): void;
}
