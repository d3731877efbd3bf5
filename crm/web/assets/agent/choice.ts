// Which ticket a call belongs to, as the agent said during the call: kept for this tab until the wrap-up takes it over.
const PREFIX = "huiyin-choice-";

export function choose(callId: string, ticket: string): void {
  sessionStorage.setItem(PREFIX + callId, ticket);
}

export function chosen(callId: string): string {
  return sessionStorage.getItem(PREFIX + callId) ?? "";
}

/** Put the choice into the wrap-up's form, as if it had been clicked there. */
export function carryInto(form: ParentNode, callId: string): void {
  const ticket = chosen(callId);
  const radio = [...form.querySelectorAll<HTMLInputElement>("input[type=radio][name=ticket]")].find((one) => one.value === ticket);
  if (!ticket || !radio || radio.checked) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}
