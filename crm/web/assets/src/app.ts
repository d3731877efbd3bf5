// The one bundle of every page: styles, htmx, and our elements.
import "@tabler/core/dist/css/tabler.min.css";
import "./app.css";
import "./learn.css";
import "./shifts.css";
import "./wallboard.css";
import "htmx.org";
import { CallPlayer } from "./call-player";
import { CallTranscript } from "./call-transcript";
import { LiveBoard } from "./live-board";
import { closeMenusElsewhere } from "./menus";
import { NoticeBell } from "./notice-bell";

customElements.define("call-player", CallPlayer);
customElements.define("call-transcript", CallTranscript);
customElements.define("live-board", LiveBoard);
customElements.define("notice-bell", NoticeBell);
closeMenusElsewhere();
