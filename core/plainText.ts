/** Strangers' text for a terminal: without control and direction signs, which could repaint what was printed before. */
export function plainText(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replaceAll("\t", "  ")
    .replace(/[^\n\P{C}]/gu, "");
}
