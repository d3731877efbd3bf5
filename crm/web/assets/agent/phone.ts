// The agent's phone: registration, the one call at a time, and the way back into it.
//
// It knows nothing of the page. It tells "line" (the call changed), "registration", and "gone" (the call that this
// page should have come back to is no longer ours).
import { UA, WebSocketInterface } from "jssip";
import type { EndEvent, RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRTCSessionEvent, RTCSessionEvent } from "jssip/lib/UA";
import { forget, keep, recall, touch, type Kept } from "./memory";
import { takeOver, Voice } from "./session";
import type { Microphone } from "./sound";

export type Registration = "waiting" | "connecting" | "registered" | "lost" | "refused";
export type Phase = "idle" | "rejoining" | "ringing" | "answering" | "talking";

export interface Account {
  user: string;
  password: string;
  address: string;
  domain: string;
}

export interface Line {
  phase: Phase;
  kind: string;
  callId: string;
  caller: string;
  since: number;
  held: boolean;
  muted: boolean;
  voiceLost: boolean;
  back: boolean;
}

const IDLE: Line = {
  phase: "idle", kind: "", callId: "", caller: "", since: 0, held: false, muted: false, voiceLost: false, back: false,
};
/** Legs that the agent asked for himself, or that were his already: his phone answers them by itself. */
const ANSWERS_ITSELF = new Set(["rejoin", "outbound", "listen", "whisper", "barge"]);
const BACK_WITHIN = 16_000; // longer than the exchange waits before the caller goes back to his queue
const NOTE_EVERY = 5000;

export class Phone extends EventTarget {
  registration: Registration = "connecting";
  line: Line = IDLE;
  #ua: UA;
  #voice: Voice | null = null;
  #kept: Kept | null = null;
  #socketLost = false;
  #giveUp: number | undefined;

  constructor(
    readonly account: Account,
    readonly microphone: Microphone,
  ) {
    super();
    this.#ua = new UA({
      sockets: [new WebSocketInterface(account.address)],
      uri: `sip:${account.user}@${account.domain}`,
      password: account.password,
      register: true,
      register_expires: 120,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: "Huiyin",
    });
    this.#ua.on("connected", () => this.#connected());
    this.#ua.on("disconnected", () => this.#disconnected());
    this.#ua.on("registered", () => this.#registered());
    this.#ua.on("registrationFailed", ({ response }) => this.#refused(response?.status_code));
    this.#ua.on("newRTCSession", (event: RTCSessionEvent) => this.#session(event));
    window.setInterval(() => this.line.phase === "talking" && touch(), NOTE_EVERY);
  }

  start(): void {
    this.#kept = recall();
    if (this.#kept) this.#expect(this.#kept);
    this.#ua.start();
  }

  async answer(): Promise<void> {
    const voice = this.#voice;
    if (this.line.phase !== "ringing" || !voice) return;
    this.#set({ phase: "answering" });
    try {
      const stream = await this.microphone.open();
      if (this.#voice === voice) voice.answer(stream);
    } catch {
      if (this.#voice === voice) this.#set({ phase: "ringing" });
      this.dispatchEvent(new Event("no-microphone"));
    }
  }

  decline(): void {
    if (this.line.phase === "ringing") this.#voice?.session.terminate({ status_code: 486 });
  }

  hangUp(): void {
    if (this.#voice && !this.#voice.session.isEnded()) this.#voice.session.terminate();
  }

  toggleHold(): void {
    const session = this.#voice?.session;
    if (this.line.phase !== "talking" || !session) return;
    if (session.isOnHold().local) session.unhold();
    else session.hold();
  }

  toggleMute(): void {
    const session = this.#voice?.session;
    if (this.line.phase !== "talking" || !session) return;
    if (session.isMuted().audio) session.unmute({ audio: true });
    else session.mute({ audio: true });
  }

  tone(digit: string): void {
    if (this.line.phase === "talking") this.#voice?.tone(digit);
  }

  /** Another microphone: this call changes to it, too. */
  async changed(): Promise<void> {
    const stream = await this.microphone.open();
    await this.#voice?.change(stream);
  }

  rerouted(): void {
    this.#voice?.redirect();
  }

  tryAgain(): void {
    this.#register("connecting");
    this.#ua.register();
  }

  #set(changes: Partial<Line>): void {
    this.line = { ...this.line, ...changes };
    this.dispatchEvent(new Event("line"));
  }

  #register(now: Registration): void {
    if (this.registration === now) return;
    this.registration = now;
    this.dispatchEvent(new Event("registration"));
  }

  #connected(): void {
    const kept = this.#kept;
    this.#kept = null;
    if (kept?.dialog) void this.#rejoin(kept);
  }

  #disconnected(): void {
    this.#socketLost = true;
    this.#register("lost");
  }

  /** After the socket was lost the exchange must learn the new one, else its BYE goes to the old. */
  #registered(): void {
    const session = this.#voice?.session;
    if (this.#socketLost && session?.isEstablished()) session.renegotiate({ useUpdate: true });
    this.#socketLost = false;
    this.#register("registered");
  }

  #refused(status: number | undefined): void {
    if (status === 401 || status === 403) this.#register("refused");
    else this.#register("lost");
  }

  /** A call was here before the page was loaded: for a while it may come back. */
  #expect({ call }: Kept): void {
    this.#set({ ...IDLE, phase: "rejoining", callId: call.callId, caller: call.caller, since: call.since });
    this.#giveUp = window.setTimeout(() => this.#gone(), BACK_WITHIN);
  }

  async #rejoin({ call, dialog }: Kept): Promise<void> {
    if (!dialog || this.line.phase !== "rejoining") return;
    const stream = await this.microphone.open().catch(() => null);
    if (!stream || this.#voice) return;
    const voice = takeOver(this.#ua, `sip:${this.account.user}@${this.account.domain}`, dialog, stream);
    this.#voice = voice;
    this.#follow(voice, call.callId, call.caller);
  }

  #gone(): void {
    const { callId } = this.line;
    window.clearTimeout(this.#giveUp);
    if (this.line.phase !== "rejoining") return;
    forget();
    this.line = IDLE;
    this.dispatchEvent(new CustomEvent("gone", { detail: callId }));
    this.dispatchEvent(new Event("line"));
  }

  /** The server says that the call has gone elsewhere. A try that is under way is let end by itself. */
  givenUp(): void {
    if (!this.#voice) this.#gone();
  }

  #session(event: RTCSessionEvent): void {
    if (event.originator === "remote") this.#incoming(event as IncomingRTCSessionEvent);
  }

  #incoming({ session, request }: IncomingRTCSessionEvent): void {
    const callId = String(request.getHeader("X-Call-ID") ?? "");
    const kind = String(request.getHeader("X-Leg-Kind") ?? "");
    const back = request.getHeader("X-Rejoin") === "1";
    if (this.#voice && !this.#voice.session.isEnded()) {
      if (!back || this.#voice.session.isEstablished()) {
        session.terminate({ status_code: 486 });
        return;
      }
      this.#voice.session.terminate();
    }
    const caller = back && this.line.caller ? this.line.caller : request.from.uri.user;
    const since = back && this.line.since ? this.line.since : Date.now();
    const voice = new Voice(session);
    this.#voice = voice;
    this.line = { ...IDLE, phase: "ringing", kind, callId, caller, since, back };
    this.#follow(voice, callId, caller);
    this.dispatchEvent(new Event("line"));
    if (back || ANSWERS_ITSELF.has(kind)) void this.answer();
  }

  #follow(voice: Voice, callId: string, caller: string): void {
    const { session } = voice;
    const mine = (then: () => void) => () => this.#voice === voice && then();
    session.on("confirmed", mine(() => this.#talking(voice, callId, caller)));
    session.on("hold", mine(() => this.#set({ held: session.isOnHold().local })));
    session.on("unhold", mine(() => this.#set({ held: session.isOnHold().local })));
    session.on("muted", mine(() => this.#set({ muted: true })));
    session.on("unmuted", mine(() => this.#set({ muted: false })));
    session.on("ended", mine(() => this.#over()));
    session.on("failed", (event: EndEvent) => this.#voice === voice && this.#failed(event, session));
    voice.addEventListener("lost", mine(() => this.#set({ voiceLost: true })));
    voice.addEventListener("found", mine(() => this.#set({ voiceLost: false })));
    voice.addEventListener("silent", mine(() => this.dispatchEvent(new Event("silent"))));
  }

  #talking(voice: Voice, callId: string, caller: string): void {
    window.clearTimeout(this.#giveUp);
    const back = this.line.phase === "rejoining" || this.line.back;
    const since = back && this.line.since ? this.line.since : Date.now();
    this.#set({ phase: "talking", callId, caller, since, back, voiceLost: false });
    keep({ callId, caller, since }, voice.dialog());
    if (back) this.dispatchEvent(new Event("back"));
  }

  /** A way back that did not work leaves the other one open; any other call that failed is over. */
  #failed({ cause }: EndEvent, session: RTCSession): void {
    if (this.line.phase === "rejoining" && session.direction === "outgoing") {
      this.#voice = null;
      return;
    }
    this.dispatchEvent(new CustomEvent("missed", { detail: cause }));
    this.#over();
  }

  #over(): void {
    this.#voice = null;
    forget();
    this.line = IDLE;
    this.dispatchEvent(new Event("line"));
  }
}
