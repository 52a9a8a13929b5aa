/* browser.js — open a report of `situ profile --html` in headless Chromium, over its debugging pipe, and use it.
 *
 *     node browser.js CHROMIUM REPORT.html [SCREENSHOT.png]
 *
 * Prints "ok NAME" or "FAIL NAME: ..." for every check.
 */
"use strict";
const {spawn} = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const [chromium, report, screenshot] = process.argv.slice(2);
const home = fs.mkdtempSync(path.join(os.tmpdir(), "situ-browser-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
               "--no-first-run", "--disable-extensions", "--user-data-dir=" + home, "--window-size=1280,1200", "about:blank"];
const browser = spawn(chromium, flags, {stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"]});
const problems = [], requests = [], waiting = new Map();
let buffered = "", lastId = 0, session, loaded, failures = 0;
const hasLoaded = new Promise(resolve => { loaded = resolve; });

function take(message) {
  if (message.id) return waiting.get(message.id)(message);
  const p = message.params;
  if (message.method === "Runtime.exceptionThrown") problems.push(p.exceptionDetails.exception?.description || p.exceptionDetails.text);
  if (message.method === "Runtime.consoleAPICalled") problems.push(p.type + ": " + p.args.map(a => a.value).join(" "));
  if (message.method === "Log.entryAdded") problems.push(p.entry.text);
  if (message.method === "Network.requestWillBeSent") requests.push(p.request.url);
  if (message.method === "Page.loadEventFired") loaded();
}

browser.stdio[4].on("data", bytes => {
  const parts = (buffered + bytes).split("\0");
  buffered = parts.pop();
  parts.forEach(part => take(JSON.parse(part)));
});

function send(method, params = {}) {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, m => m.error ? reject(new Error(method + ": " + m.error.message)) : resolve(m.result));
    browser.stdio[3].write(JSON.stringify({id, method, params, sessionId: session}) + "\0");
  });
}

async function evaluate(expression) {
  const {result, exceptionDetails} = await send("Runtime.evaluate", {expression, returnByValue: true, awaitPromise: true});
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
  return result.value;
}

/* A real click, in the middle of what the selector finds. */
async function click(expression) {
  const at = await evaluate(`(() => { const e = ${expression}; e.scrollIntoView({block: "center"});
    const b = e.getBoundingClientRect(); return {x: b.x + b.width / 2, y: b.y + b.height / 2}; })()`);
  for (const type of ["mousePressed", "mouseReleased"])
    await send("Input.dispatchMouseEvent", {type, ...at, button: "left", clickCount: 1});
}

function check(name, isGood, what) {
  console.log(isGood ? "ok " + name : `FAIL ${name}: ${JSON.stringify(what)}`);
  if (!isGood) failures++;
}

const column = (id, i) => `[...document.querySelectorAll("#${id} tbody tr")].map(r => r.cells[${i}].textContent)`;
const numbers = texts => texts.map(t => Number(t.replace(/[,% ]/g, "")));
const isSorted = (a, sign) => a.length > 1 && a.every((v, i) => i === 0 || sign * (a[i - 1] - v) <= 0);
const header = (id, i) => `document.querySelectorAll("#${id} th")[${i}]`;

async function tables() {
  const own = numbers(await evaluate(column("functions", 1)));
  check("functions come sorted by own cycles", isSorted(own, -1), own);
  await click(header("functions", 0));
  check("a click turns the order", isSorted(numbers(await evaluate(column("functions", 1))), 1));
  await click(header("functions", 3));
  check("another column sorts", isSorted(numbers(await evaluate(column("functions", 3))), -1));
  check("the column says so", await evaluate(header("functions", 3) + ".getAttribute('aria-sort')") === "descending");
  const name = await evaluate(`document.querySelectorAll("#functions th").length - 2`);
  await click(header("functions", name));
  const names = await evaluate(column("functions", name));
  check("names sort upwards", names.every((n, i) => i === 0 || names[i - 1].localeCompare(n) <= 0), names);
  for (const id of ["steps", "tables", "instructions", "memory", "ecalls"])
    check(id + " has rows", await evaluate(`document.querySelectorAll("#${id} tbody tr").length`) > 0);
  await click(header("functions", 0));
}

const boxes = `[...document.querySelectorAll("#flame g")].map(g => ({id: +g.dataset.flame,
  name: g.querySelector("title").textContent, x: +g.querySelector("rect").getAttribute("x"),
  width: +g.querySelector("rect").getAttribute("width"), above: g.classList.contains("above"),
  found: g.classList.contains("found")}))`;

async function flames() {
  const width = await evaluate(`document.getElementById("flame").clientWidth`);
  const all = await evaluate(boxes);
  check("the flame graph has frames", all.length > 3, all.length);
  check("its root fills the width", all[0].id === -1 && all[0].width === width, all[0]);
  const small = all.filter(b => b.width > 20 && b.width < width / 2)[0];
  check("a frame is narrower", !!small);
  await click(`document.querySelector('#flame g[data-flame="${small.id}"] rect')`);
  const zoomed = await evaluate(boxes), target = zoomed.find(b => b.id === small.id);
  check("a click makes it fill the width", target && target.width === width && target.x === 0 && !target.above, target);
  check("its callers stay above", zoomed.some(b => b.above && b.id === -1), zoomed);
  await click(`document.getElementById("reset")`);
  check("the whole graph comes back", (await evaluate(boxes)).length === all.length);
  const name = small.name.split(":")[0];
  await evaluate(`(() => { const f = document.getElementById("find"); f.value = ${JSON.stringify(name)};
    f.dispatchEvent(new Event("input")); })()`);
  const found = (await evaluate(boxes)).filter(b => b.found);
  check("search marks frames", found.length > 0 && found.every(b => b.name.includes(name)), found);
  await click(`document.getElementById("reset")`);
}

async function choices() {
  const whole = await evaluate(column("functions", 1));
  const n = await evaluate(`document.querySelectorAll("#step option").length`);
  check("every step can be chosen", n === 1 + await evaluate("P.steps.length"), n);
  if (n === 2) return; /* a run without markers */
  await evaluate(`(() => { const s = document.getElementById("step"); s.value = "1"; s.dispatchEvent(new Event("change")); })()`);
  const own = numbers(await evaluate(column("functions", 1)));
  const sum = own.reduce((a, b) => a + b, 0), cycles = await evaluate("P.steps[1].cycles");
  check("a step's functions take its cycles", sum === cycles, [sum, cycles]);
  check("its flame graph too", (await evaluate(boxes))[0].name.includes(cycles.toLocaleString("en") + " cycles"));
  await evaluate(`(() => { const w = document.getElementById("weight"); w.value = "3"; w.dispatchEvent(new Event("change")); })()`);
  check("widths can be cells", (await evaluate(boxes))[0].name.includes("cells"));
  await evaluate(`(() => { for (const [id, v] of [["step", "-1"], ["weight", "2"]]) { const s = document.getElementById(id);
    s.value = v; s.dispatchEvent(new Event("change")); } })()`);
  check("the whole run comes back", JSON.stringify(await evaluate(column("functions", 1))) === JSON.stringify(whole));
}

async function main() {
  const {targetId} = await send("Target.createTarget", {url: "about:blank"});
  session = (await send("Target.attachToTarget", {targetId, flatten: true})).sessionId;
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(domain + ".enable");
  await send("Page.navigate", {url: "file://" + path.resolve(report)});
  await hasLoaded;
  await tables();
  await flames();
  await choices();
  check("nothing on the console", problems.length === 0, problems);
  check("nothing is fetched", requests.every(u => u.startsWith("file://")), requests);
  if (screenshot) {
    await evaluate("scrollTo(0, 0)");
    const {data} = await send("Page.captureScreenshot", {format: "png"});
    fs.writeFileSync(screenshot, Buffer.from(data, "base64"));
  }
}

function end(status) {
  browser.kill();
  browser.once("exit", () => {
    fs.rmSync(home, {recursive: true, force: true, maxRetries: 5, retryDelay: 200});
    process.exit(status);
  });
}
const limit = setTimeout(() => { console.log("FAIL browser: no answer within 90 seconds"); end(1); }, 90000);
browser.on("error", e => { console.log("FAIL browser: " + e.message); process.exit(1); });
main().then(() => { clearTimeout(limit); end(failures ? 1 : 0); },
            e => { clearTimeout(limit); console.log("FAIL browser: " + e.message); end(1); });
