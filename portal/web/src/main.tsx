import { render } from "preact";
import { App } from "./app/app";
import { start_session } from "./app/session";
import { start_language } from "./i18n";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/overlays.css";
import "./styles/shell.css";
import "./styles/home.css";
import "./styles/list.css";
import "./styles/list_narrow.css";
import "./styles/message.css";
import "./styles/message_content.css";
import "./styles/senders.css";
import "./styles/sign_in.css";

const root = document.getElementById("app");
if (!root) throw new Error("the page has no place for the portal");

const session = start_session();
await start_language();
render(<App />, root);
await session;
