// One leg of a call in the browser: a JsSIP session with its voice in both directions.
import { C, type UA } from "jssip";
import type { CallOptions } from "jssip/lib/UA";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { Dialog } from "./memory";
import { route } from "./sound";

const MEDIA = { pcConfig: { iceServers: [] }, sessionTimersExpires: 1800 };
// Milliseconds after the first candidate of ICE in which the others come: nothing lies between Asterisk and the browser.
const GATHERING = 60;
const TONE = { transportType: C.DTMF_TRANSPORT.RFC2833, duration: 160, interToneGap: 90 } as const;

/** JsSIP keeps the dialog's ids where its types do not show them. */
interface WithDialog {
  _dialog?: { id?: { call_id: string; local_tag: string; remote_tag: string } } | null;
}

export class Voice extends EventTarget {
  readonly #audio = new Audio();
  #own: MediaStream | null = null;
  #gathering: number | undefined;

  constructor(readonly session: RTCSession) {
    super();
    this.#audio.autoplay = true;
    session.on("peerconnection", ({ peerconnection }) => this.listen(peerconnection));
    session.on("icecandidate", (event) => {
      this.#gathering ??= window.setTimeout(() => {
        this.#gathering = undefined;
        event.ready();
      }, GATHERING);
    });
    for (const name of ["ended", "failed"] as const) session.on(name, () => this.#close());
  }

  listen(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ streams, track }) => {
      this.#audio.srcObject = streams[0] ?? new MediaStream([track]);
      void route(this.#audio, "speaker");
      void this.#audio.play().catch(() => this.dispatchEvent(new Event("silent")));
    });
    connection.addEventListener("iceconnectionstatechange", () => {
      const state = connection.iceConnectionState;
      if (state === "disconnected" || state === "failed") this.dispatchEvent(new Event("lost"));
      if (state === "connected" || state === "completed") this.dispatchEvent(new Event("found"));
    });
  }

  /** The microphone's sound for this call alone: to mute it leaves the microphone open for the next one. */
  give(stream: MediaStream): MediaStream {
    this.#own?.getTracks().forEach((track) => track.stop());
    this.#own = stream.clone();
    return this.#own;
  }

  /** A stream that was already made for this call. */
  adopt(stream: MediaStream): void {
    this.#own = stream;
  }

  answer(stream: MediaStream): void {
    this.session.answer({ ...MEDIA, mediaStream: this.give(stream) });
  }

  /** Another microphone or loudspeaker was chosen during the call. */
  async change(stream: MediaStream): Promise<void> {
    const [track] = this.give(stream).getAudioTracks();
    const sender = this.session.connection?.getSenders().find((one) => one.track?.kind === "audio");
    if (!track || !sender) return;
    track.enabled = !this.session.isMuted().audio;
    await sender.replaceTrack(track);
  }

  redirect(): void {
    void route(this.#audio, "speaker");
  }

  tone(digit: string): void {
    this.session.sendDTMF(digit, TONE);
  }

  dialog(): Dialog | null {
    const id = (this.session as unknown as WithDialog)._dialog?.id;
    return id ? { callId: id.call_id, localTag: id.local_tag, remoteTag: id.remote_tag } : null;
  }

  #close(): void {
    this.#audio.srcObject = null;
    this.#own?.getTracks().forEach((track) => track.stop());
  }
}

/** Take a call over that another page of ours had: the exchange swaps the legs, the caller stays where he is. */
export function takeOver(ua: UA, self: string, dialog: Dialog, stream: MediaStream): Voice {
  const own = stream.clone();
  let early: RTCPeerConnection | null = null;
  const options: CallOptions = {
    ...MEDIA,
    mediaStream: own,
    extraHeaders: [`Replaces: ${dialog.callId};to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}`],
    eventHandlers: {
      // comes before call() gives the session back
      peerconnection: ({ peerconnection }) => (early = peerconnection),
    },
  };
  const voice = new Voice(ua.call(self, options));
  voice.adopt(own);
  if (early) voice.listen(early);
  return voice;
}
