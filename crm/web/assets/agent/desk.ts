// What the parts of the page share.
import type { Board } from "./board";
import type { LiveEvents } from "./live";
import type { Phone } from "./phone";
import type { Bell, Microphone } from "./sound";

export type Tone = "info" | "success" | "warning" | "danger";

export interface Desk {
  readonly user: string;
  readonly language: string;
  /** The centre's zone: times are its, wherever the browser stands. */
  readonly zone: string;
  readonly live: LiveEvents;
  readonly board: Board;
  readonly phone: Phone;
  readonly microphone: Microphone;
  readonly bell: Bell;
  /** Say something to the agent, above everything else. */
  tell(text: string, tone: Tone): void;
  /** What a request was refused for. */
  explain(error: unknown): void;
}

/** A part of the page that is given the desk once everything stands. */
export interface Part extends HTMLElement {
  attach(desk: Desk): void;
}
