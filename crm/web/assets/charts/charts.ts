// Pictures of figures: bars, Pareto, lines with a forecast. Every picture stands above the table that it draws, so
// that nothing is told by the picture alone.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

interface Figures {
  kind: "bars" | "pareto" | "line" | "outlook";
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

class FigureChart extends HTMLElement {
  private chart: echarts.EChartsType | undefined;
  private watch: ResizeObserver | undefined;

  connectedCallback(): void {
    const figures = JSON.parse(this.dataset["figures"] ?? "null") as Figures | null;
    if (!figures || figures.values.length === 0) return;
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
    const option = figures.kind === "bars" ? bars(figures, narrow) : figures.kind === "pareto" ? pareto(figures, narrow) : line(figures);
    this.chart?.setOption(option, true);
  }
}

customElements.define("figure-chart", FigureChart);
