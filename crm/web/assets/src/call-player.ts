// <call-player>: plays one recording, with a waveform drawn from peaks that the server made.
//
// Without this script the page shows the browser's own audio controls. Attributes: data-peaks (JSON, one list
// of numbers from 0 to 1 a channel), data-duration (seconds). Everything it shows is set as text.
import WaveSurfer from "wavesurfer.js";
import rules from "waveform-style";

const STEP = 5;
const CHANNEL_COLOURS = [
  { wave: "#7aa7d9", progress: "#0b5cad" },
  { wave: "#a9b1bd", progress: "#4a5567" },
] as const;

/** Minutes and seconds, as 3:07. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The lists of peaks, or none when the server had none. */
function parsePeaks(json: string | undefined): number[][] {
  const data: unknown = JSON.parse(json || "[]");
  if (!Array.isArray(data)) return [];
  return data.filter((one): one is number[] => Array.isArray(one) && one.length > 0);
}

export class CallPlayer extends HTMLElement {
  #surfer: WaveSurfer | null = null;
  #audio: HTMLAudioElement | null = null;
  #stop: AbortController | null = null;

  connectedCallback(): void {
    this.#audio = this.querySelector("audio");
    const stage = this.querySelector<HTMLElement>("[data-role=waveform]");
    if (!this.#audio || !stage) return;
    this.#stop = new AbortController();
    this.#draw(stage, this.#audio);
    this.#wire(this.#audio, stage, this.#stop.signal);
    this.classList.add("is-ready");
    this.#audio.controls = false;
    this.#show();
  }

  disconnectedCallback(): void {
    this.#stop?.abort();
    this.#audio?.pause();
    this.#surfer?.destroy();
    this.#surfer = null;
  }

  get duration(): number {
    const known = this.#audio?.duration ?? NaN;
    return Number.isFinite(known) ? known : Number(this.dataset["duration"] ?? 0);
  }

  get time(): number {
    return this.#audio?.currentTime ?? 0;
  }

  /** Jump to a second; plays on from there when asked to. */
  seek(seconds: number, play = false): void {
    if (!this.#audio) return;
    this.#audio.currentTime = Math.min(Math.max(0, seconds), this.duration);
    if (play) void this.#play();
    this.#tell();
  }

  #draw(stage: HTMLElement, media: HTMLAudioElement): void {
    const peaks = parsePeaks(this.dataset["peaks"]);
    if (peaks.length === 0) return;
    const height = peaks.length > 1 ? 44 : 72;
    this.#surfer = WaveSurfer.create({
      container: stage,
      media,
      peaks,
      normalize: true,
      maxPeak: Math.max(0.1, ...peaks.map((one) => Math.max(...one))),
      duration: Number(this.dataset["duration"] ?? 0),
      height,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      cursorColor: "#c2410c",
      cursorWidth: 2,
      dragToSeek: true,
      waveColor: CHANNEL_COLOURS[0].wave,
      progressColor: CHANNEL_COLOURS[0].progress,
      splitChannels: peaks.map((_, index) => {
        const colours = CHANNEL_COLOURS[index % 2] ?? CHANNEL_COLOURS[0];
        return { height, waveColor: colours.wave, progressColor: colours.progress };
      }),
    });
    const root = this.#surfer.getWrapper().getRootNode();
    if (root instanceof ShadowRoot) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rules);
      root.adoptedStyleSheets = [sheet];
    }
    this.#surfer.on("interaction", () => this.#tell());
  }

  #wire(audio: HTMLAudioElement, stage: HTMLElement, signal: AbortSignal): void {
    for (const name of ["timeupdate", "seeked", "play", "pause", "ended", "durationchange"]) {
      audio.addEventListener(name, () => this.#tell(), { signal });
    }
    audio.addEventListener("error", () => this.#fail(), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    stage.setAttribute("role", "slider");
    stage.tabIndex = 0;
    stage.setAttribute("aria-valuemin", "0");
    this.#on("play", () => void this.#toggle(), signal);
    this.#on("back", () => this.seek(this.time - STEP), signal);
    this.#on("forward", () => this.seek(this.time + STEP), signal);
    const speed = this.querySelector<HTMLSelectElement>("[data-role=speed]");
    speed?.addEventListener("change", () => (audio.playbackRate = Number(speed.value)), { signal });
  }

  #on(role: string, action: () => void, signal: AbortSignal): void {
    this.querySelector(`[data-role=${role}]`)?.addEventListener("click", action, { signal });
  }

  async #play(): Promise<void> {
    try {
      await this.#audio?.play();
    } catch {
      this.#fail();
    }
  }

  #toggle(): Promise<void> | void {
    return this.#audio?.paused ? this.#play() : this.#audio?.pause();
  }

  /** Space or k: play and pause; arrows: five seconds; Home and End. Never while something is typed or chosen. */
  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLSelectElement) return;
    const onButton = event.target instanceof HTMLButtonElement;
    const actions: Record<string, () => void> = {
      k: () => void this.#toggle(),
      ArrowLeft: () => this.seek(this.time - STEP),
      ArrowRight: () => this.seek(this.time + STEP),
      Home: () => this.seek(0),
      End: () => this.seek(this.duration),
    };
    if (!onButton) actions[" "] = () => void this.#toggle();
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #fail(): void {
    const line = this.querySelector<HTMLElement>("[data-role=problem]");
    if (line) line.hidden = false;
  }

  #tell(): void {
    this.#show();
    this.dispatchEvent(new CustomEvent("player-time", { detail: { time: this.time } }));
  }

  #show(): void {
    const { time, duration } = this;
    const shown = this.querySelector("[data-role=clock]");
    if (shown) shown.textContent = `${clock(time)} / ${clock(duration)}`;
    const stage = this.querySelector("[data-role=waveform]");
    stage?.setAttribute("aria-valuemax", duration.toFixed(1));
    stage?.setAttribute("aria-valuenow", time.toFixed(1));
    stage?.setAttribute("aria-valuetext", `${clock(time)} / ${clock(duration)}`);
    const paused = this.#audio?.paused ?? true;
    const button = this.querySelector<HTMLElement>("[data-role=play]");
    const word = paused ? button?.dataset["play"] : button?.dataset["pause"];
    button?.setAttribute("aria-pressed", String(!paused));
    const label = button?.querySelector("[data-role=word]");
    if (label && word) label.textContent = word;
    this.classList.toggle("is-playing", !paused);
  }
}
