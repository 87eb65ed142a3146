import { createServer } from "node:http";
import { listenLocal } from "./sockets.ts";

/** Answers every GraphQL query with what the test says; `asked` counts. */
export interface FakeIndexer {
  url: string;
  asked: number;
  answer: (variables: Record<string, unknown>) => unknown;
  close(): Promise<void>;
}

export async function startFakeIndexer(): Promise<FakeIndexer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      fake.asked++;
      const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as { variables: Record<string, unknown> };
      const answer = fake.answer(variables);
      response.end(typeof answer === "string" ? answer : JSON.stringify({ data: answer }));
    });
  });
  const port = await listenLocal(server);
  const fake: FakeIndexer = {
    url: `http://127.0.0.1:${port}/graphql`,
    asked: 0,
    answer: () => null,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}
