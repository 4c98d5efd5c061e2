/** The server said no: an expected answer with a stable `code`, and a `reason` that may be shown to people. */
export class Refused extends Error {
  readonly code: string;
  /** HTTP status, 0 when the server could not be reached at all. */
  readonly status: number;

  constructor(code: string, reason: string, status: number) {
    super(reason);
    this.name = "Refused";
    this.code = code;
    this.status = status;
  }

  get reason(): string {
    return this.message;
  }
}

/** The refusal in the body of an answer; made up from the status when the body is none of ours (a proxy's page). */
export async function refusalOf(response: Response): Promise<Refused> {
  try {
    const body = (await response.json()) as { code?: unknown; reason?: unknown };
    if (typeof body.code === "string" && typeof body.reason === "string") {
      return new Refused(body.code, body.reason, response.status);
    }
  } catch {
    // Not JSON: the status has to do.
  }
  return new Refused(`http-${response.status}`, `The server answered ${response.status}.`, response.status);
}
