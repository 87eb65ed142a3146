// The part of pg that is used here: it comes without types.
declare module "pg" {
  export class Client {
    constructor(options: {
      connectionString: string;
      application_name?: string;
      connectionTimeoutMillis?: number;
      keepAlive?: boolean;
    });
    connect(): Promise<void>;
    query(query: { text: string; values?: unknown[]; query_timeout?: number }): Promise<{ rows: unknown[] }>;
    end(): Promise<void>;
    on(event: "error" | "end", listener: (error?: Error) => void): this;
  }
}
