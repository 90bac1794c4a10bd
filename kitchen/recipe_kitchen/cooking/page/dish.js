/** The recipe: shown while it is written and when it is done, scaled, starred, shared. */

import { byId, element, save, say } from "./look.js";
import { ask } from "./talk.js";

const MAX_SERVINGS = 500;
let shown = null; // {dish, linked, number, favourite, others}, or {dish} while it is written
let ingredients = [];
let servings = null;
let whenDeleted = () => {};
let whenShown = () => {};

/** Be told when a recipe was deleted. */
export function onDelete(listener) {
  whenDeleted = listener;
}

/** Be told whenever another dish is shown whole, or none is. */
export function onShow(listener) {
  whenShown = listener;
}

/** Return what the server must know of the dish to answer a question about it, as it is scaled. */
export function about() {
  const { dish } = shown;
  const isScaled = servings !== dish.servings;
  return {
    title: dish.title,
    servings,
    lines: isScaled ? ingredients.map(line) : dish.lines,
    steps: dish.steps.map((parts) => parts.map(({ text }) => text).join("")),
    avoid: dish.avoid,
    diet: dish.diet,
  };
}

/** Return the names of the foods on the list. */
export const foods = () => [...new Set(ingredients.map(({ name }) => name))];

function line({ amount, name, note }) {
  return `${amount ? `${amount} ` : ""}${name}${note ? `, ${note}` : ""}`;
}

/** Show a recipe that is being written. */
export function showBeginning(dish) {
  shown = { dish };
  show(dish, false);
}

/** Show a whole recipe: `number` is its place in the history, where it has one. */
export function showWhole(answer) {
  shown = answer;
  show(answer.dish, true);
  whenShown(true);
}

export function hide() {
  shown = null;
  byId("dish").hidden = true;
  whenShown(false);
}

function show(dish, isDone) {
  servings = dish.servings;
  byId("dish").hidden = false;
  byId("title").textContent = dish.title;
  showIngredients(dish.ingredients);
  showSteps(dish.steps);
  byId("portions").hidden = true;
  byId("scaled").hidden = true;
  byId("another").hidden = !isDone || !shown.others;
  byId("another").textContent = `Another draft (${shown.others})`;
  byId("asking").hidden = !isDone;
  byId("tools").hidden = byId("origin").hidden = !isDone;
  showList("warnings", isDone ? dish.warnings : []);
  showList("notes", isDone ? dish.notes : []);
  const toBuy = (isDone && dish.toBuy) || [];
  byId("to-buy").hidden = !toBuy.length;
  byId("to-buy").textContent = `To buy: ${toBuy.join(", ")}`;
  if (!isDone) return;
  byId("author").textContent = dish.author ? ` (${dish.author})` : "";
  byId("star").hidden = byId("delete").hidden = !shown.number;
  showStar(Boolean(shown.favourite));
  settleDelete();
  showServings();
}

function showList(id, texts) {
  const list = byId(id).querySelector("ul") ?? byId(id);
  byId(id).hidden = !texts.length;
  list.replaceChildren(...texts.map((text) => element("li", text)));
}

function showIngredients(rows) {
  ingredients = rows;
  byId("ingredients").replaceChildren(
    ...rows.map(({ amount, name, note }) => {
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

async function serveTo(wanted) {
  const { dish } = shown;
  try {
    const answer = await ask("/scale", { lines: dish.lines, from: dish.servings, to: wanted });
    if (shown?.dish !== dish) return;
    servings = wanted;
    showIngredients(answer.ingredients);
    showServings();
    byId("scaled").hidden = wanted === dish.servings;
    byId("scaled").textContent =
      `The table is for ${wanted}; times, and amounts in the method, are for ${dish.servings}.`;
  } catch (problem) {
    say(problem.message, true);
  }
}

/** Write the recipe, as it is shown now, as plain text. */
export function asText() {
  const { dish } = shown;
  const part = (heading, lines) => (lines.length ? ["", heading, ...lines] : []);
  const amounts = ingredients.map((row) => `- ${line(row)}`);
  const steps = dish.steps.map(
    (parts, index) => `${index + 1}. ${parts.map(({ text }) => text).join("")}`,
  );
  return [
    dish.title,
    ...(servings ? [byId("servings").textContent] : []),
    ...part("Ingredients", amounts),
    ...part("Method", steps),
    ...(byId("scaled").hidden ? [] : ["", byId("scaled").textContent]),
    ...part("Check before cooking", dish.warnings.map((warning) => `- ${warning}`)),
    "",
  ].join("\n");
}

function showStar(isFavourite) {
  byId("star").setAttribute("aria-pressed", String(isFavourite));
}

async function star() {
  const asked = shown;
  try {
    const body = { number: asked.number, favourite: !asked.favourite };
    asked.favourite = (await ask("/star", body)).favourite;
    if (shown === asked) showStar(asked.favourite);
    say(asked.favourite ? "It is among the favourites." : "It is no favourite any more.");
  } catch (problem) {
    say(problem.message, true);
  }
}

/** Show the next of the drafts that were written together. */
async function another() {
  const button = byId("another");
  button.disabled = true;
  try {
    const answer = await ask("/another", { request: shown.request });
    showWhole(answer);
    const left = answer.others ? `${answer.others} more` : "the last one";
    say([`This is another draft, ${left}.`, answer.unkept].filter(Boolean).join(" "));
  } catch (problem) {
    say(problem.message, true);
  } finally {
    button.disabled = false;
    if (button.hidden) byId("title").focus();
  }
}

function settleDelete() {
  byId("delete").textContent = "Delete";
  delete byId("delete").dataset.sure;
}

/** Ask once more before something is gone for good. */
async function remove() {
  const button = byId("delete");
  if (!button.dataset.sure) {
    button.dataset.sure = "asked";
    button.textContent = "Delete it for good?";
    return;
  }
  try {
    await ask("/delete", { number: shown.number });
    const { title } = shown.dish;
    hide();
    await whenDeleted();
    say(`${title} is deleted.`);
  } catch (problem) {
    say(problem.message, true);
  }
}

async function copy() {
  try {
    await navigator.clipboard.writeText(asText());
    say("Copied.");
  } catch {
    say("The browser did not let it be copied.", true);
  }
}

byId("fewer").addEventListener("click", () => serveTo(servings - 1));
byId("more").addEventListener("click", () => serveTo(servings + 1));
byId("another").addEventListener("click", another);
byId("star").addEventListener("click", star);
byId("delete").addEventListener("click", remove);
byId("delete").addEventListener("blur", settleDelete);
byId("copy").addEventListener("click", copy);
byId("print").addEventListener("click", () => window.print());
byId("download").addEventListener("click", () =>
  save(JSON.stringify(shown.linked, null, 2), "recipe.jsonld", "application/ld+json"),
);
