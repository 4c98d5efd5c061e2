import { Refused } from "./refused";

/** What became of a file. `is_new` is false for sound that the library had already. */
export interface Uploaded {
  readonly track: string;
  readonly title: string;
  readonly is_new: boolean;
}

/** The part of XMLHttpRequest that is used: fetch does not tell how much has been sent. */
export type Sender = Pick<
  XMLHttpRequest,
  "open" | "send" | "abort" | "setRequestHeader" | "status" | "responseText" | "upload" | "onload" | "onerror" | "onabort"
>;

/**
 * Sends one file; `tell` hears how many bytes are out. Rejects with {@link Refused}: the server's refusal, `unreachable`, or
 * `cancelled` when `signal` ended it. Files of one `group` lie together on the server.
 */
export function uploadFile(
  file: File,
  group: string,
  tell: (sentBytes: number) => void,
  signal: AbortSignal,
  sender: Sender = new XMLHttpRequest(),
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const refuse = (code: string, reason: string, status = 0) => reject(new Refused(code, reason, status));
    sender.open("POST", `/api/uploads/${group}/${encodeURIComponent(file.name)}`);
    sender.setRequestHeader("Content-Type", "application/octet-stream");
    sender.upload.onprogress = (event) => tell(event.loaded);
    sender.onerror = () => refuse("unreachable", "The connection broke off before the file was there.");
    sender.onabort = () => refuse("cancelled", "Cancelled");
    sender.onload = () => {
      const { status } = sender;
      const body = bodyOf(sender.responseText);
      if (status === 200 || status === 201) resolve(body as unknown as Uploaded);
      else refuse(textOf(body, "code") ?? `http-${status}`, textOf(body, "reason") ?? `The server answered ${status}.`, status);
    };
    signal.addEventListener("abort", () => sender.abort(), { once: true });
    if (signal.aborted) refuse("cancelled", "Cancelled");
    else sender.send(file);
  });
}

/** The fields of a JSON answer; none if it is something else (a proxy's page). */
function bodyOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const body = JSON.parse(text) as unknown;
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(body: Readonly<Record<string, unknown>>, field: string): string | null {
  const value = body[field];
  return typeof value === "string" ? value : null;
}
