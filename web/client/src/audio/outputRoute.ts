/** Which output the sound leaves by, and the moment that changes. */

/** The part of `navigator.mediaDevices` that is used; absent on insecure pages. */
export interface MediaDevicesPort extends Pick<EventTarget, "addEventListener" | "removeEventListener"> {
  enumerateDevices(): Promise<readonly { readonly kind: string; readonly deviceId: string; readonly label: string }[]>;
}

/** The part of an AudioContext that says where it plays; `sinkId` is new and not everywhere. */
export interface SinkPort extends Pick<EventTarget, "addEventListener" | "removeEventListener"> {
  readonly sinkId?: unknown;
}

// Chromium names the default output "Default - Speakers": what stays the same is what it stands for.
const DEFAULT_PREFIX = /^default\s*-\s*/i;

/**
 * A name of the present output that is the same tomorrow; empty while the browser keeps it secret, as all do until the page
 * was allowed a microphone. Ids are no substitute: they are made anew for every visitor of a private window.
 */
export async function outputLabel(devices: MediaDevicesPort | undefined, sinkId: unknown): Promise<string> {
  const wanted = typeof sinkId === "string" && sinkId !== "" ? sinkId : "default";
  try {
    const outputs = ((await devices?.enumerateDevices()) ?? []).filter(({ kind }) => kind === "audiooutput");
    const found = outputs.find(({ deviceId }) => deviceId === wanted) ?? (wanted === "default" ? outputs[0] : undefined);
    return (found?.label ?? "").replace(DEFAULT_PREFIX, "").trim();
  } catch {
    // A page that may not ask has an output all the same; it only stays without a name.
    return "";
  }
}

/**
 * Calls `changed` with the output's label at once, and again whenever devices come or go or the context is moved to another.
 * `isOther` is false the first time. Returns what ends it.
 */
export function watchRoute(
  devices: MediaDevicesPort | undefined,
  sink: SinkPort,
  changed: (label: string, isOther: boolean) => void,
): () => void {
  let isOn = true;
  let round = 0;
  const look = (isOther: boolean): void => {
    round += 1;
    const mine = round;
    void outputLabel(devices, sink.sinkId).then((label) => {
      // Answers may overtake each other; only the newest speaks.
      if (isOn && mine === round) changed(label, isOther);
    });
  };
  const other = (): void => look(true);
  devices?.addEventListener("devicechange", other);
  sink.addEventListener("sinkchange", other);
  look(false);
  return () => {
    isOn = false;
    devices?.removeEventListener("devicechange", other);
    sink.removeEventListener("sinkchange", other);
  };
}

/** The page's media devices; insecure pages have none, whatever the types say. */
export function mediaDevices(): MediaDevicesPort | undefined {
  return navigator.mediaDevices;
}
