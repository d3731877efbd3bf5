// Modules that have no types of their own: made by the build, or loaded for what they do.
declare module "waveform-style" {
  const rules: string;
  export default rules;
}
declare module "*.css";
declare module "htmx.org";
