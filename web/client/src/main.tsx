import { render } from "preact";

import { HttpApi } from "./api/http";
import { createListening } from "./session/engine";
import { App } from "./ui/app";
import { Preferences } from "./ui/preferences";
import { Navigation } from "./ui/routes";
import "./ui/styles/index.css";

/** Browsers that block site data throw on the mere mention of the store. */
function storeOf(page: Window): Storage | null {
  try {
    return page.localStorage;
  } catch {
    return null;
  }
}

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no element to render into");
render(
  <App
    server={new HttpApi()}
    listen={(place) => createListening(place)}
    navigation={new Navigation(window)}
    preferences={new Preferences(document.documentElement, storeOf(window))}
  />,
  root,
);
