type Answer = (argument: never) => unknown;

/** The other end of `Worker.ask`: answers the parent's questions and ends with it. */
export function answerQuestions(answers: Record<string, Answer>): void {
  process.on("message", ({ id, question, argument }: { id: number; question: string; argument: unknown }) => {
    // A throw is an answer too.
    const answer = new Promise((resolve) => resolve((answers[question] as Answer)(argument as never)));
    answer.then(
      (value) => process.send?.({ id, answer: value }),
      (error: Error) => process.send?.({ id, error: error.stack ?? error.message }),
    );
  });
  // process.exit, not a signal's default: a profile is written then.
  process.once("disconnect", () => process.exit(0));
  process.once("SIGTERM", () => process.exit(0));
}
