// Bundles the front end into crm/web/static/dist with hashed names and a manifest that the templates read.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "dist");

// wavesurfer writes a <style> element into its shadow root, which our Content-Security-Policy forbids
// (style-src 'self', no nonce). The build takes that element out and offers its rules as a module, which
// src/call-player.ts adopts as a constructed style sheet. A new version that looks different stops the build.
const STYLE = /<style\$\{.*?:(?:""|'')\}>([\s\S]*?)<\/style>/;
const lift = {
  name: "lift-wavesurfer-style",
  setup(bundle) {
    let rules = "";
    const read = async (path) => {
      const source = await readFile(path, "utf8");
      const found = STYLE.exec(source);
      if (!found) throw new Error(`${path}: no style element to take out; look at the new version`);
      rules = found[1].replaceAll("\\n", "\n").replace(/min-height: \$\{[^;]*\}px;/, "");
      if (rules.includes("${")) throw new Error(`${path}: its style has parts that we do not know`);
      return source.replace(STYLE, "");
    };
    const library = join(here, "../../../node_modules/wavesurfer.js/dist/wavesurfer.esm.js");
    bundle.onLoad({ filter: /wavesurfer\.esm\.js$/ }, async ({ path }) => ({ contents: await read(path), loader: "js" }));
    bundle.onResolve({ filter: /^waveform-style$/ }, () => ({ path: "waveform-style", namespace: "lifted" }));
    bundle.onLoad({ filter: /.*/, namespace: "lifted" }, async () => {
      await read(library);
      return { contents: rules, loader: "text" };
    });
  },
};

// A web server may be reading this folder, and a page that was loaded before still asks for its own parts: new files
// come beside those of the last build, the manifest changes in one step, and what is older goes.
const last = await readFile(join(out, "manifest.json"), "utf8").then(JSON.parse, () => ({}));
await mkdir(out, { recursive: true });
const result = await build({
  entryPoints: ["src/app.ts", "agent/agent.ts", "charts/charts.ts", "sheet/sheet.ts"].map((path) => join(here, path)),
  outdir: out,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: ["es2022"],
  entryNames: "[name]-[hash]",
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
  plugins: [lift],
});
const names = Object.keys(result.metafile.outputs).map((path) => basename(path));
const manifest = Object.fromEntries(
  ["app.js", "app.css", "agent.js", "agent.css", "charts.js", "sheet.js", "sheet.css"].map((plain) => {
    const [stem, extension] = plain.split(".");
    const hashed = names.find((name) => name.startsWith(`${stem}-`) && name.endsWith(`.${extension}`));
    if (!hashed) throw new Error(`esbuild made no ${plain}`);
    return [plain, hashed];
  }),
);
await writeFile(join(out, "manifest.json.new"), `${JSON.stringify(manifest, null, 2)}\n`);
await rename(join(out, "manifest.json.new"), join(out, "manifest.json"));
const kept = new Set(["manifest.json", ...names, ...Object.values(last)]);
for (const name of await readdir(out)) {
  const part = name.replace(/\.(map|LEGAL\.txt)$/, "");
  if (!kept.has(name) && !kept.has(part)) await rm(join(out, name), { recursive: true, force: true });
}
console.log(`built ${Object.values(manifest).join(", ")}`);
