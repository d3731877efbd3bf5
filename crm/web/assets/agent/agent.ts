// The bundle of the agents' page alone: phone, screen-pop, state. The other pages never load it.
import "./agent.css";
import { AgentDesk } from "./agent-desk";
import { AgentState } from "./agent-state";
import { CallTransfer } from "./call-transfer";
import { QueueGlance } from "./queue-glance";
import { ScreenPop } from "./screen-pop";
import { SoftPhone } from "./soft-phone";
import { learn } from "./words";

// The words come first: the parts speak as soon as they stand.
learn(document.querySelector<HTMLElement>("agent-desk")?.dataset["words"]);
customElements.define("soft-phone", SoftPhone);
customElements.define("agent-state", AgentState);
customElements.define("call-transfer", CallTransfer);
customElements.define("queue-glance", QueueGlance);
customElements.define("screen-pop", ScreenPop);
customElements.define("agent-desk", AgentDesk);
