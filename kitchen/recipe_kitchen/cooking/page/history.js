/** What was cooked: listed, searched, opened again, saved as a cookbook. */

import { showWhole } from "./dish.js";
import { byId, element, save, say } from "./look.js";
import { ask } from "./talk.js";

const form = byId("search");
let asked = 0;

function filters() {
  return { words: form.elements.words.value, favourites: form.elements.favourites.checked };
}

/** List what was cooked, as far as it is looked for. */
export async function list() {
  const mine = ++asked;
  try {
    const { entries, more } = await ask("/history", filters());
    if (mine === asked) showEntries(entries, more); // not what was typed before
  } catch (problem) {
    showEntries([]);
    byId("nothing").hidden = true;
    say(problem.message, true);
  }
}

function showEntries(entries, more = false) {
  const { words, favourites } = filters();
  byId("entries").replaceChildren(...entries.map(row));
  byId("nothing").hidden = Boolean(entries.length) && !more;
  byId("nothing").textContent = more
    ? `There are more than these ${entries.length}: search for them.`
    : words.trim()
      ? "No recipe holds all of these words."
      : favourites
        ? "There are no favourites yet: open a recipe and press Favourite."
        : "Nothing was cooked yet.";
  byId("keeping").hidden = !entries.length;
  byId("export").textContent = favourites
    ? "Save the favourites as a cookbook"
    : "Save everything as a cookbook";
}

function row({ id, cooked_at, favourite, title, servings }) {
  const made = document.createElement("li");
  const link = element("a", "", "entry");
  link.href = `#recipe/${id}`;
  const when = new Date(cooked_at);
  const day = Number.isNaN(when.valueOf())
    ? cooked_at
    : when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const about = [day];
  if (servings) about.push(`serves ${servings}`);
  if (favourite) about.push("★ favourite");
  link.append(element("span", title, "name"), element("span", about.join(" · "), "about"));
  made.append(link);
  return made;
}

/** Show a recipe of the history by its number. */
export async function open(number) {
  try {
    showWhole(await ask("/recipe", { number }));
  } catch (problem) {
    say(problem.message, true);
  }
}

form.addEventListener("input", list);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  list();
});
byId("export").addEventListener("click", async () => {
  try {
    const { favourites } = filters();
    const { document, count } = await ask("/export", { favourites });
    save(document, favourites ? "favourites.jsonld" : "cookbook.jsonld", "application/ld+json");
    say(`${count} recipe${count === 1 ? "" : "s"} saved: recipe-data build reads the file.`);
  } catch (problem) {
    say(problem.message, true);
  }
});
