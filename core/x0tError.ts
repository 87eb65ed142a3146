/**
 * The base of every error that a person or a program may meet. `code` is stable and documented in docs/errors.md.
 * Style rule 8: catch only to retry, translate, release or end a job.
 */
export class X0tError extends Error {
  readonly code: string;
  /** True if the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  readonly data: Record<string, unknown>;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; data?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "X0tError";
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.data = options.data ?? {};
  }

  get docs(): string {
    return `docs/errors.md#${this.code.toLowerCase()}`;
  }
}
