import { expect, test } from "vitest";
import { outputLabel, watchRoute } from "../../src/audio/outputRoute";

class FakeDevices extends EventTarget {
  outputs = [{ kind: "audiooutput", deviceId: "default", label: "Default - Built-in speakers" }];
  isForbidden = false;

  enumerateDevices() {
    if (this.isForbidden) return Promise.reject(new Error("NotAllowedError"));
    return Promise.resolve([{ kind: "audioinput", deviceId: "default", label: "Microphone" }, ...this.outputs]);
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test("the default output is named by what it stands for", async () => {
  expect(await outputLabel(new FakeDevices(), "")).toBe("Built-in speakers");
});

test("a chosen output has its own name", async () => {
  const devices = new FakeDevices();
  devices.outputs.push({ kind: "audiooutput", deviceId: "x1", label: "Headset" });
  expect(await outputLabel(devices, "x1")).toBe("Headset");
  expect(await outputLabel(devices, "gone")).toBe("");
});

test("an output the browser keeps secret has no name, and neither has that of a page that may not ask", async () => {
  const devices = new FakeDevices();
  devices.outputs = [{ kind: "audiooutput", deviceId: "", label: "" }];
  expect(await outputLabel(devices, "")).toBe("");
  devices.isForbidden = true;
  expect(await outputLabel(devices, "")).toBe("");
  expect(await outputLabel(undefined, "")).toBe("");
});

test("every change of devices or sink is told, until it is ended", async () => {
  const devices = new FakeDevices();
  const sink = Object.assign(new EventTarget(), { sinkId: "" });
  const told: string[] = [];
  const stop = watchRoute(devices, sink, (label, isOther) => told.push(`${label} ${isOther}`));
  await settle();
  devices.outputs = [{ kind: "audiooutput", deviceId: "default", label: "Default - Headset" }];
  devices.dispatchEvent(new Event("devicechange"));
  await settle();
  devices.outputs.push({ kind: "audiooutput", deviceId: "x1", label: "Kitchen" });
  sink.sinkId = "x1";
  sink.dispatchEvent(new Event("sinkchange"));
  await settle();
  stop();
  devices.dispatchEvent(new Event("devicechange"));
  sink.dispatchEvent(new Event("sinkchange"));
  await settle();
  expect(told).toEqual(["Built-in speakers false", "Headset true", "Kitchen true"]);
});

test("when changes follow fast, only the last one is told", async () => {
  const devices = new FakeDevices();
  const told: string[] = [];
  watchRoute(devices, Object.assign(new EventTarget(), {}), (label) => told.push(label));
  devices.outputs = [{ kind: "audiooutput", deviceId: "default", label: "Headset" }];
  devices.dispatchEvent(new Event("devicechange"));
  await settle();
  expect(told).toEqual(["Headset"]);
});
