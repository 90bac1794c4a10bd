"use strict";

const MAX_SERVINGS = 500;
const byId = (id) => document.getElementById(id);
const form = byId("order");
let running = null; // the AbortController of the request under way
let dish = null;
let servings = null;
let linked = null;

/** Make an element that shows a text; nothing of a recipe ever becomes markup. */
function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function say(text, isProblem = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("problem", isProblem);
}

function showIngredients(ingredients) {
  byId("ingredients").replaceChildren(
    ...ingredients.map(({ amount, name, note }) => {
      const row = document.createElement("tr");
      const what = element("td", name);
      if (note) what.append(element("span", `, ${note}`, "note"));
      row.append(element("td", amount), what);
      return row;
    }),
  );
}

function showSteps(steps) {
  byId("steps").replaceChildren(
    ...steps.map((parts) => {
      const step = document.createElement("li");
      step.append(...parts.map(({ text, kind }) => element("span", text, kind)));
      return step;
    }),
  );
}

function showServings() {
  byId("portions").hidden = !servings;
  byId("servings").textContent = `${servings} serving${servings === 1 ? "" : "s"}`;
  byId("fewer").disabled = servings <= 1;
  byId("more").disabled = servings >= MAX_SERVINGS;
}

function show(written, isDone) {
  dish = written;
  servings = written.servings;
  byId("dish").hidden = false;
  byId("title").textContent = written.title;
  showIngredients(written.ingredients);
  showSteps(written.steps);
  byId("portions").hidden = true;
  byId("scaled").hidden = true;
  byId("tools").hidden = !isDone;
  byId("warnings").hidden = !isDone || !written.warnings.length;
  byId("warnings").querySelector("ul").replaceChildren(
    ...written.warnings.map((warning) => element("li", warning)),
  );
  byId("notes").hidden = !isDone || !written.notes.length;
  byId("notes").replaceChildren(...written.notes.map((note) => element("li", note)));
  const toBuy = (isDone && written.toBuy) || [];
  byId("to-buy").hidden = !toBuy.length;
  byId("to-buy").textContent = `To buy: ${toBuy.join(", ")}`;
  if (isDone) showServings();
}

function post(path, body, signal) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

/** Yield the JSON objects of a stream that has one a line. */
async function* objects(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield* lines.map((line) => JSON.parse(line));
  }
}

async function cook(order, signal) {
  const response = await post("/cook", order, signal);
  if (!response.ok) throw new Error((await response.json()).error);
  for await (const event of objects(response.body)) {
    if (event.error) throw new Error(event.error);
    if (event.waiting) say("Another recipe is being written: this one is next.");
    if (!event.dish) continue;
    say(event.done ? "" : "Writing…");
    show(event.dish, event.done);
    if (event.done) linked = event.linked;
    if (event.done) return;
  }
  throw new Error("recipe-cook has ended: start it again");
}

function setRunning(controller) {
  running = controller;
  byId("stop").hidden = !controller;
  form.querySelector("[type=submit]").disabled = Boolean(controller);
  byId("dish").setAttribute("aria-busy", String(Boolean(controller)));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (running) return;
  const fields = new FormData(form);
  const order = Object.fromEntries(fields);
  order.servings = fields.get("servings") ? Number(fields.get("servings")) : null;
  const controller = new AbortController();
  setRunning(controller);
  byId("dish").hidden = true;
  say("Reading the order…");
  try {
    await cook(order, controller.signal);
  } catch (problem) {
    byId("dish").hidden = true;
    if (controller.signal.aborted) say("Stopped.");
    else if (problem instanceof TypeError) say("recipe-cook has ended: start it again", true);
    else say(problem.message, true);
  } finally {
    setRunning(null);
  }
});

async function serveTo(wanted) {
  const scaled = dish;
  const body = { lines: scaled.lines, from: scaled.servings, to: wanted };
  const response = await post("/scale", body).catch(() => null);
  if (dish !== scaled) return;
  if (!response || !response.ok) {
    say("recipe-cook has ended: start it again", true);
    return;
  }
  const { ingredients } = await response.json();
  servings = wanted;
  showIngredients(ingredients);
  showServings();
  byId("scaled").hidden = wanted === scaled.servings;
  byId("scaled").textContent =
    `The table is for ${wanted}; times, and amounts in the method, are for ${scaled.servings}.`;
}

byId("fewer").addEventListener("click", () => serveTo(servings - 1));
byId("more").addEventListener("click", () => serveTo(servings + 1));
byId("stop").addEventListener("click", () => running && running.abort());
byId("print").addEventListener("click", () => window.print());
byId("download").addEventListener("click", () => {
  const text = JSON.stringify(linked, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/ld+json" }));
  link.download = "recipe.jsonld";
  link.click();
  URL.revokeObjectURL(link.href);
});
