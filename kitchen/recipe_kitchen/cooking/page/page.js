/** The page: the order form, the wait for a recipe, and the way between cooking and history. */

import { showQuestions } from "./asking.js";
import { hide, onDelete, onShow, showBeginning, showWhole } from "./dish.js";
import { list, open } from "./history.js";
import { byId, element, say, startClock } from "./look.js";
import { ENDED, ask, events } from "./talk.js";

const form = byId("order");
let running = null; // the AbortController of the request under way

/** Return which part of the page the address names, and which recipe. */
function place() {
  const [, part, number] = location.hash.match(/^#(history|recipe)(?:\/(\d+))?$/) ?? [];
  if (!part || byId("nav").hidden) return { part: "cook" };
  return number ? { part: "recipe", number: Number(number) } : { part: "history" };
}

/** Say, in words, what the cook is waiting for. */
function progress(event, draft, together) {
  if (event.waiting) return "The model is at work for somebody else: this recipe is next.";
  if (event.loading) return `Loading ${event.loading}…`;
  if (event.dish && together > 1) {
    return `Writing ${together} drafts, of which this is one: the least doubtful is kept…`;
  }
  if (draft > 1) return `Writing draft ${draft}: the least doubtful is kept…`;
  return event.dish ? "Writing…" : "The model reads the order…";
}

async function cook(order, signal) {
  const stopClock = startClock(byId("elapsed"));
  let draft = 1;
  let together = 1;
  try {
    for await (const event of events("/cook", order, signal)) {
      draft = event.draft ?? draft;
      together = event.together ?? together;
      if (event.done) return ready(event, stopClock());
      if (event.dish && place().part === "cook") showBeginning(event.dish);
      say(progress(event, draft, together));
    }
  } finally {
    stopClock();
  }
}

function ready(answer, seconds) {
  if (place().part === "cook") showWhole(answer);
  if (place().part === "history") list();
  const told = `${answer.dish.title} is ready after ${seconds} s.`;
  say(answer.unkept ? `${told} ${answer.unkept}` : told, Boolean(answer.unkept));
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
  hide();
  say("Sending the order…");
  try {
    await cook(order, controller.signal);
  } catch (problem) {
    if (place().part === "cook") hide();
    if (controller.signal.aborted) say("Stopped.");
    else say(problem instanceof TypeError ? ENDED : problem.message, true);
  } finally {
    setRunning(null);
  }
});
byId("stop").addEventListener("click", () => running && running.abort());

/** Show the part of the page that the address names. */
async function route() {
  const { part, number } = place();
  for (const name of ["cook", "history", "recipe"]) byId(name).hidden = name !== part;
  for (const link of byId("nav").querySelectorAll("a")) {
    const isHere = (link.hash === "#cook") === (part === "cook");
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = part === "cook" ? "Topochef" : "What was cooked – Topochef";
  if (part === "history") await list();
  if (part === "recipe") await open(number);
}

/** Show it, and have keyboards and screen readers begin there. */
async function arrive() {
  await route();
  byId({ cook: "cook-heading", history: "history-heading", recipe: "title" }[place().part]).focus();
}

window.addEventListener("hashchange", () => {
  hide();
  if (!running) say("");
  arrive();
});
onShow(showQuestions);
onDelete(async () => {
  if (place().part === "cook") return;
  window.history.replaceState(null, "", "#history"); // the way back does not lead to what is gone
  await arrive();
});

async function begin() {
  try {
    const { models, model, keeps } = await ask("/menu");
    const select = form.elements.model;
    select.replaceChildren(...models.map((name) => element("option", name)));
    select.value = model;
    byId("models").hidden = models.length < 2;
    byId("nav").hidden = !keeps;
    await route();
  } catch (problem) {
    say(problem.message, true);
  }
}

begin();
