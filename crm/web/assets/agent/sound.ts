// Microphone, loudspeaker and bell: which devices, and what they do. The choice is kept with the browser.
const KEYS = { microphone: "huiyin-microphone", speaker: "huiyin-speaker", bell: "huiyin-bell" } as const;
export type Use = keyof typeof KEYS;
const RATE = 8000;

/** Not every browser can send sound to a device of one's choice. */
type Sink = Omit<HTMLAudioElement, "setSinkId"> & { setSinkId?: (id: string) => Promise<void> };

export function chosen(use: Use): string {
  return localStorage.getItem(KEYS[use]) ?? "";
}

export function choose(use: Use, id: string): void {
  localStorage.setItem(KEYS[use], id);
}

/** Send an element's sound to the chosen device; a device that was pulled out leaves it on the default one. */
export async function route(audio: HTMLAudioElement, use: Use): Promise<void> {
  const sink: Sink = audio;
  if (!sink.setSinkId) return;
  await sink.setSinkId(chosen(use)).catch(() => sink.setSinkId?.("").catch(() => undefined));
}

/** The microphone, open from the login on: a call that is answered has a voice at once. */
export class Microphone extends EventTarget {
  #stream: MediaStream | null = null;
  #meter: { context: AudioContext; analyser: AnalyserNode } | null = null;
  #opening: Promise<MediaStream> | null = null;

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener("devicechange", () => this.dispatchEvent(new Event("devices")));
  }

  open(): Promise<MediaStream> {
    if (this.#stream?.active) return Promise.resolve(this.#stream);
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Another microphone was chosen: the old one is closed, the new one is what the next ``open`` gives. */
  async change(id: string): Promise<MediaStream> {
    choose("microphone", id);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.mute();
    return this.open();
  }

  async #open(): Promise<MediaStream> {
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    const id = chosen("microphone");
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const wanted = id ? { ...audio, deviceId: { ideal: id } } : audio;
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    for (const track of this.#stream.getTracks()) {
      track.addEventListener("ended", () => this.dispatchEvent(new Event("lost")));
    }
    this.dispatchEvent(new Event("open"));
    return this.#stream;
  }

  /** How loud it is now, from 0 to 1. The analyser runs only while somebody looks at the meter. */
  level(): number {
    if (!this.#stream?.active) return 0;
    this.#meter ??= this.#listen(this.#stream);
    const { context, analyser } = this.#meter;
    if (context.state === "suspended") void context.resume();
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = 10 * Math.log10(power + 1e-9);
    return Math.min(1, Math.max(0, (decibels + 60) / 50));
  }

  /** Nobody looks at the meter any more. */
  mute(): void {
    void this.#meter?.context.close();
    this.#meter = null;
  }

  #listen(stream: MediaStream): { context: AudioContext; analyser: AnalyserNode } {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    return { context, analyser };
  }
}

/** Two soft notes and a rest, as a WAV that an <audio> element can send to a device of its own. */
function tune(): string {
  const seconds = 3;
  const samples = new Int16Array(RATE * seconds);
  for (const [start, pitch] of [[0, 523.25], [0.22, 659.25], [0.6, 523.25], [0.82, 659.25]] as const) {
    for (let at = 0; at < 0.5 * RATE; at++) {
      const time = at / RATE;
      const loud = Math.min(1, time / 0.01) * Math.exp(-time * 7) * 9000;
      const index = Math.floor(start * RATE) + at;
      samples[index] = (samples[index] ?? 0) + Math.sin(2 * Math.PI * pitch * time) * loud;
    }
  }
  return URL.createObjectURL(new Blob([header(samples.byteLength), samples], { type: "audio/wav" }));
}

function header(bytes: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(44));
  const text = (at: number, word: string) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, bytes, true);
  return view.buffer;
}

/** The bell. */
export class Bell {
  #audio: HTMLAudioElement | null = null;

  get ringing(): boolean {
    return this.#audio !== null && !this.#audio.paused;
  }

  async ring(once = false): Promise<void> {
    this.#audio ??= new Audio(tune());
    this.#audio.loop = !once;
    this.#audio.currentTime = 0;
    await route(this.#audio, "bell");
    await this.#audio.play().catch(() => undefined); // a page that nobody touched yet may not sound
  }

  stop(): void {
    this.#audio?.pause();
  }
}
