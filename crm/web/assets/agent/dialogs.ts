// The two dialogs of the page: which devices sound, and which keys do what.
import type { Desk } from "./desk";
import { make, part, write } from "./dom";
import { allowed, ask } from "./notice";
import { setSingleKeys, singleKeys } from "./shortcuts";
import { chosen, choose, type Use } from "./sound";
import { say } from "./words";

const KINDS: Record<Use, MediaDeviceKind> = { microphone: "audioinput", speaker: "audiooutput", bell: "audiooutput" };

export class Dialogs {
  readonly #sound = document.getElementById("sound-dialog") as HTMLDialogElement;
  readonly #keys = document.getElementById("keys-dialog") as HTMLDialogElement;

  constructor(readonly desk: Desk) {
    for (const select of this.#sound.querySelectorAll<HTMLSelectElement>("[data-device]")) {
      select.addEventListener("change", () => void this.#change(select.dataset["device"] as Use, select.value));
    }
    part(this.#sound, "try-bell").addEventListener("click", () => void desk.bell.ring(true));
    part(this.#sound, "allow-notices").addEventListener("click", () => void ask().then(() => this.#notices()));
    const single = part<HTMLInputElement>(this.#keys, "single-keys");
    single.checked = singleKeys();
    single.addEventListener("change", () => setSingleKeys(single.checked));
    desk.microphone.addEventListener("devices", () => void this.#devices());
    this.#sound.addEventListener("close", () => desk.phone.line.phase === "ringing" || desk.bell.stop());
  }

  openSound(): void {
    void this.#devices();
    this.#notices();
    this.#sound.showModal();
  }

  openKeys(): void {
    if (this.#keys.open) this.#keys.close();
    else this.#keys.showModal();
  }

  #notices(): void {
    const now = allowed();
    part(this.#sound, "allow-notices").hidden = now !== "ask";
    write(part(this.#sound, "notices"), say(`notices_${now}`));
  }

  async #devices(): Promise<void> {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    for (const select of this.#sound.querySelectorAll<HTMLSelectElement>("[data-device]")) {
      const use = select.dataset["device"] as Use;
      const fitting = devices.filter((device) => device.kind === KINDS[use] && device.deviceId !== "default");
      const options = fitting.map((device, index) =>
        make("option", { value: device.deviceId }, device.label || `${say("device")} ${index + 1}`),
      );
      select.replaceChildren(make("option", { value: "" }, say("device_default")), ...options);
      select.value = fitting.some((device) => device.deviceId === chosen(use)) ? chosen(use) : "";
    }
  }

  async #change(use: Use, id: string): Promise<void> {
    choose(use, id);
    if (use === "speaker") this.desk.phone.rerouted();
    if (use !== "microphone") return;
    try {
      await this.desk.microphone.change(id);
      await this.desk.phone.changed();
    } catch {
      this.desk.tell(say("problem_microphone"), "danger");
    }
  }
}
