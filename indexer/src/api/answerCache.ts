/** Memory that answers may take, as characters of their text. */
const MOST_CHARACTERS = 16_000_000;

export interface Answer {
  text: string;
  /** False for what the next asker should try for himself: a busy or failing database. */
  keep: boolean;
}

/**
 * Answers of one state of the database. Who asks the same while it stands gets the same text, and those who ask at the same
 * time share one execution. A state is what `readState` says; it is read anew for each answer, once for all that wait, so
 * that an answer is never older than its question.
 */
export function createAnswerCache(readState: () => Promise<string>) {
  let state = "";
  let answers = new Map<string, Promise<Answer>>();
  let characters = 0;
  let reading: Promise<string> | undefined;
  let next: Promise<string> | undefined;

  const read = (): Promise<string> => {
    // A reading that has begun may be older than this question: then the one after it.
    if (reading === undefined) {
      reading = readState().finally(() => {
        reading = undefined;
      });
      return reading;
    }
    next ??= reading
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return read();
      });
    return next;
  };

  return async function answer(key: string, execute: () => Promise<Answer>): Promise<Answer> {
    const current = await read();
    if (current !== state) {
      state = current;
      answers = new Map();
      characters = 0;
    }
    const known = answers.get(key);
    if (known !== undefined) return known;
    const mine = answers;
    const made = execute();
    mine.set(key, made);
    const forget = () => mine.delete(key);
    void made.then(({ text, keep }) => {
      if (!keep) return forget();
      if (mine !== answers) return;
      characters += text.length + key.length;
      // All of them: they end with the next block anyway.
      if (characters > MOST_CHARACTERS) {
        answers.clear();
        characters = 0;
      }
    }, forget);
    return made;
  };
}
