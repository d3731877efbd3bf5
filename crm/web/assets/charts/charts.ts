// Pictures of figures: bars, Pareto, lines with a forecast. Every picture stands above the table that it draws, so
// that nothing is told by the picture alone.
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import {
  AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  BarChart, HeatmapChart, LineChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent,
  VisualMapComponent, CanvasRenderer,
]);

interface Figures {
  kind: "bars" | "pareto" | "line" | "outlook" | "trend" | "heat" | "lines";
  title: string;
  labels: string[];
  values: number[];
  name: string;
  before?: number[];
  beforeName?: string;
  running?: number[];
  runningName?: string;
  low?: number[];
  high?: number[];
  expected?: (number | null)[];
  expectedName?: string;
  rangeName?: string;
  // trend: a second row of bars upon the first, and a share on the right with what it should reach
  more?: number[];
  moreName?: string;
  share?: (number | null)[];
  shareName?: string;
  target?: number | null;
  targetName?: string;
  unit?: string;
  // heat: rows from the top, and a number for each [column, row]
  rows?: string[];
  cells?: [number, number, number | null][];
  // lines: several rows beside each other, with gaps
  lines?: { name: string; values: (number | null)[] }[];
}

const INK = "#182433";
const BLUE = "#0b5cad";
const GREY = "#8a96a8";
const ORANGE = "#c2410c";
const FONT = getComputedStyle(document.documentElement).getPropertyValue("--tblr-font-sans-serif") || "sans-serif";

const axisText = { color: INK, fontFamily: FONT };
const common = (figures: Figures): echarts.EChartsCoreOption => ({
  animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  textStyle: { fontFamily: FONT, color: INK },
  // A tooltip made of HTML would need style attributes, which our Content-Security-Policy forbids.
  tooltip: { trigger: "axis", renderMode: "richText", confine: true },
  grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
  legend: { top: 4, textStyle: axisText, show: Boolean(figures.before ?? figures.running ?? figures.expected) },
  aria: { enabled: true, label: { description: figures.title } },
});

// Long names are cut; the table below has them whole.
const wide = (char: string): number => (char >= "\u2e80" ? 2 : 1);
function cut(text: string, most: number): string {
  let used = 0;
  for (const [at, char] of [...text].entries()) {
    used += wide(char);
    if (used > most) return `${[...text].slice(0, Math.max(at - 1, 1)).join("")}…`;
  }
  return text;
}

function bars(figures: Figures, narrow: boolean): echarts.EChartsCoreOption {
  const most = narrow ? 18 : 40;
  const row = (name: string, data: number[], color: string): object => ({
    name, type: "bar", data: [...data].reverse(), itemStyle: { color }, barMaxWidth: 22,
  });
  return {
    ...common(figures),
    xAxis: { type: "value", minInterval: 1, axisLabel: axisText },
    yAxis: {
      type: "category",
      data: [...figures.labels].reverse(),
      axisLabel: { ...axisText, formatter: (text: string): string => cut(text, most) },
    },
    series: [
      ...(figures.before ? [row(figures.beforeName ?? "", figures.before, GREY)] : []),
      { ...row(figures.name, figures.values, BLUE), label: { show: true, position: "right", color: INK } },
    ],
  };
}

function pareto(figures: Figures, narrow: boolean): echarts.EChartsCoreOption {
  return {
    ...common(figures),
    xAxis: {
      type: "category",
      data: figures.labels,
      axisLabel: { ...axisText, interval: 0, rotate: 40, formatter: (text: string): string => cut(text, narrow ? 10 : 20) },
    },
    yAxis: [
      { type: "value", minInterval: 1, axisLabel: axisText },
      { type: "value", max: 100, axisLabel: { ...axisText, formatter: "{value}%" }, splitLine: { show: false } },
    ],
    series: [
      { name: figures.name, type: "bar", data: figures.values, itemStyle: { color: BLUE }, barMaxWidth: 46 },
      {
        name: figures.runningName ?? "", type: "line", yAxisIndex: 1, data: figures.running ?? [],
        itemStyle: { color: ORANGE }, lineStyle: { width: 2 },
      },
    ],
  };
}

function line(figures: Figures): echarts.EChartsCoreOption {
  const band = figures.low && figures.high ? figures.low.map((low, at) => (figures.high?.[at] ?? low) - low) : undefined;
  const blank = { symbol: "none", lineStyle: { opacity: 0 }, stack: "range", tooltip: { show: false } };
  return {
    ...common(figures),
    xAxis: { type: "category", data: figures.labels, axisLabel: axisText, boundaryGap: false },
    yAxis: { type: "value", minInterval: 1, axisLabel: axisText },
    series: [
      ...(band
        ? [
            { type: "line", data: figures.low, silent: true, ...blank },
            { name: figures.rangeName ?? "", type: "line", data: band, silent: true, itemStyle: { color: "#f0c9b4" }, areaStyle: { color: "#f0c9b4", opacity: 0.6 }, ...blank },
          ]
        : []),
      { name: figures.name, type: "line", data: figures.values, itemStyle: { color: BLUE }, areaStyle: { color: "#d6e6f6" } },
      ...(figures.expected
        ? [{ name: figures.expectedName ?? "", type: "line", data: figures.expected, itemStyle: { color: ORANGE }, lineStyle: { type: "dashed" } }]
        : []),
    ],
  };
}

function trend(figures: Figures): echarts.EChartsCoreOption {
  const bar = (name: string, data: number[], color: string): object => ({
    name, type: "bar", stack: "all", data, itemStyle: { color }, barMaxWidth: 30,
  });
  const right = figures.unit ?? "%";
  return {
    ...common(figures),
    legend: { top: 4, textStyle: axisText },
    xAxis: { type: "category", data: figures.labels, axisLabel: axisText },
    yAxis: [
      { type: "value", minInterval: 1, axisLabel: axisText },
      {
        type: "value", min: 0, ...(right === "%" ? { max: 100 } : {}), splitLine: { show: false },
        axisLabel: { ...axisText, formatter: `{value}${right}` },
      },
    ],
    series: [
      bar(figures.name, figures.values, BLUE),
      ...(figures.more ? [bar(figures.moreName ?? "", figures.more, GREY)] : []),
      {
        name: figures.shareName ?? "", type: "line", yAxisIndex: 1, data: figures.share ?? [], connectNulls: false,
        itemStyle: { color: ORANGE }, lineStyle: { width: 2 },
        ...(typeof figures.target === "number"
          ? {
              markLine: {
                symbol: "none", silent: true, lineStyle: { color: ORANGE, type: "dashed" },
                label: { formatter: figures.targetName ?? "", color: INK, position: "insideEndTop" },
                data: [{ yAxis: figures.target }],
              },
            }
          : {}),
      },
    ],
  };
}

// Empty hours stay white: nothing happened there, which is not the same as little.
function heat(figures: Figures, narrow: boolean): echarts.EChartsCoreOption {
  const cells = (figures.cells ?? []).filter((cell) => cell[2] !== null);
  const top = Math.max(1, ...cells.map((cell) => cell[2] ?? 0));
  return {
    ...common(figures),
    tooltip: { trigger: "item", renderMode: "richText", confine: true },
    legend: { show: false },
    grid: { left: 8, right: 16, top: 12, bottom: 56, containLabel: true },
    xAxis: { type: "category", data: figures.labels, axisLabel: { ...axisText, interval: narrow ? 3 : 0 } },
    yAxis: { type: "category", data: figures.rows ?? [], inverse: true, axisLabel: axisText },
    visualMap: {
      min: 0, max: figures.unit === "%" ? 100 : top, text: figures.unit === "%" ? ["100%", "0%"] : [String(top), "0"], calculable: false, orient: "horizontal", left: "center", bottom: 4,
      inRange: { color: figures.unit === "%" ? ["#f6c9b0", "#f4f1ea", "#2f7fc4"] : ["#f4f8fc", "#4f94d4", "#0b3c74"] },
      textStyle: axisText, formatter: (value: unknown): string => `${Math.round(Number(value))}${figures.unit ?? ""}`,
    },
    series: [{ name: figures.name, type: "heatmap", data: cells, itemStyle: { borderColor: "#fff", borderWidth: 1 } }],
  };
}

// Colours that also differ in lightness, and a shape for each row, so that none is told by colour alone.
const ROWS = [BLUE, ORANGE, "#2f7d4f", "#7a3e9d", "#8a6d00", "#b0215a", GREY, "#0e7c86"];
const SHAPES = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect", "emptyCircle"];

function lines(figures: Figures): echarts.EChartsCoreOption {
  return {
    ...common(figures),
    legend: { top: 4, type: "plain", textStyle: axisText },
    grid: { left: 8, right: 16, top: 64, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: figures.labels, axisLabel: axisText, axisLine: { onZero: true } },
    yAxis: { type: "value", axisLabel: axisText, name: figures.name },
    series: (figures.lines ?? []).map((row, at) => ({
      name: row.name, type: "line", data: row.values, connectNulls: true, symbol: SHAPES[at % SHAPES.length],
      symbolSize: 8, itemStyle: { color: ROWS[at % ROWS.length] }, lineStyle: { width: 2 },
    })),
  };
}

const DRAWS: Record<Figures["kind"], (figures: Figures, narrow: boolean) => echarts.EChartsCoreOption> = {
  bars, pareto, line, outlook: line, trend, heat, lines,
};

class FigureChart extends HTMLElement {
  private chart: echarts.EChartsType | undefined;
  private watch: ResizeObserver | undefined;

  connectedCallback(): void {
    const figures = JSON.parse(this.dataset["figures"] ?? "null") as Figures | null;
    if (!figures || (figures.values.length === 0 && !figures.lines?.length)) return;
    const place = document.createElement("div");
    place.className = "figure-chart-canvas";
    if (figures.kind === "bars") place.style.height = `${Math.max(160, 60 + figures.labels.length * (figures.before ? 40 : 28))}px`;
    this.append(place);
    this.chart = echarts.init(place);
    this.draw(figures);
    this.watch = new ResizeObserver(() => {
      this.chart?.resize();
      this.draw(figures);
    });
    this.watch.observe(this);
  }

  disconnectedCallback(): void {
    this.watch?.disconnect();
    this.chart?.dispose();
  }

  private draw(figures: Figures): void {
    const narrow = this.clientWidth < 560;
    this.chart?.setOption(DRAWS[figures.kind](figures, narrow), true);
  }
}

customElements.define("figure-chart", FigureChart);
