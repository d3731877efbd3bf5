// The bundle of the scoring screen, and of a page that shows what was scored.
import "./sheet.css";
import { Heard } from "./heard";
import { ScoreSheet } from "./score-sheet";

/** <heard-marks data-player="ID">: its buttons with data-from and data-to play that span. */
class HeardMarks extends HTMLElement {
  connectedCallback(): void {
    const heard = new Heard(this, this.dataset["player"], null);
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-from]") : null;
      if (!button) return;
      const { from, to } = button.dataset;
      heard.hear(Number(from), to ? Number(to) : null);
    });
  }
}

customElements.define("score-sheet", ScoreSheet);
customElements.define("heard-marks", HeardMarks);
