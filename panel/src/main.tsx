// Starts the panel.
import { render } from "preact";
import { App } from "./app";
import { loadSession } from "./session";
import "./theme";

render(<App />, document.getElementById("app")!);
void loadSession();
