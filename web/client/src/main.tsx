import { render } from "preact";

import { HttpApi } from "./api/http";
import { createListening } from "./session/engine";
import { shelfOf } from "./session/memory";
import { pageSurroundings } from "./session/surroundings";
import { App } from "./ui/app";
import { Preferences } from "./ui/preferences";
import { Navigation } from "./ui/routes";
import { systemOf } from "./ui/system/ports";
import "./ui/styles/index.css";

/** Browsers that block site data throw on the mere mention of the store. */
function storeOf(page: Window): Storage | null {
  try {
    return page.localStorage;
  } catch {
    return null;
  }
}

const api = new HttpApi();
const root = document.getElementById("app");
if (root === null) throw new Error("the page has no element to render into");
render(
  <App
    server={api}
    listen={(place) => createListening(place, pageSurroundings(window, api))}
    navigation={new Navigation(window)}
    preferences={new Preferences(document.documentElement, storeOf(window))}
    shelf={shelfOf(() => window.localStorage)}
    system={systemOf(window)}
  />,
  root,
);

// Insecure pages have no service workers, whatever the types say; nor does the development server, whose files have no build.
const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
if (import.meta.env.PROD && workers !== undefined) {
  // After the page itself is there: keeping it for later must not slow down the first sound.
  addEventListener("load", () => {
    // A browser that refuses (a certificate it does not trust, a private window) works on, as long as the server does.
    workers.register("/sw.js").catch(() => undefined);
  });
}
