/** Questions about the dish that is shown: what the rules know at once, then what a model says. */

import { about, foods } from "./dish.js";
import { byId, element, startClock } from "./look.js";
import { ENDED, events } from "./talk.js";

const openers = document.querySelectorAll("#asking [aria-controls]");
let running = null; // the AbortController of the question under way

/** Begin anew for another dish, or stop where there is none. */
export function showQuestions(isWhole) {
  running?.abort();
  wait("");
  byId("answer").hidden = true;
  byId("answer").replaceChildren();
  openers.forEach((opener) => toggle(opener, false));
  byId("question").reset();
  if (!isWhole) return;
  byId("foods").replaceChildren(
    ...foods().map((name) => {
      const button = element("button", name);
      button.type = "button";
      button.addEventListener("click", () => pose(`What can replace ${name}?`));
      return button;
    }),
  );
}

function toggle(opener, isOpen) {
  opener.setAttribute("aria-expanded", String(isOpen));
  byId(opener.getAttribute("aria-controls")).hidden = !isOpen;
}

function wait(text, isProblem = false) {
  byId("wait").firstElementChild.textContent = text;
  byId("wait").classList.toggle("problem", isProblem);
}

/** Say, in words, what the cook is waiting for. */
function progress(event) {
  if (event.waiting) return "The model is at work on something else: this question is next.";
  if (event.loading) return `Loading ${event.loading}…`;
  return event.asking ? `${event.asking} is asked…` : "";
}

async function pose(question) {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  byId("answer").hidden = true;
  wait("Asking…");
  const stopClock = startClock(byId("wait").lastElementChild);
  const body = { ...about(), question, model: byId("order").elements.model.value };
  try {
    for await (const event of events("/ask", body, controller.signal)) {
      if (running !== controller) return;
      if (event.answer) showAnswer(question, event.answer, !event.done);
      else wait(progress(event));
    }
    wait("");
  } catch (problem) {
    if (running !== controller || controller.signal.aborted) return;
    wait(problem instanceof TypeError ? ENDED : problem.message, true);
  } finally {
    stopClock();
    if (running === controller) running = null;
  }
}

/** Show rule and model beside each other where they differ. */
function showAnswer(question, answer, isAwaited) {
  const byRule = answer.by === "rule";
  const differs = byRule && answer.differs.length > 0;
  const agrees = byRule && answer.model && !differs;
  const because = byRule ? answer.because : "";
  const told = agrees ? `${because} · ${answer.author} agrees` : because;
  const sides = element("div", "", "sides");
  sides.append(side(byRule ? "By rule" : `By ${answer.author}`, answer.lines, told ? [told] : []));
  if (differs) sides.append(side(`${answer.author} says`, answer.model, answer.differs));
  const parts = [element("h4", question), sides];
  if (answer.doubts.length) {
    const whose = byRule ? `what ${answer.author} says` : "this";
    parts.push(list(answer.doubts.map((doubt) => `Doubtful of ${whose}: ${doubt}`), "doubts"));
  }
  if (answer.notes.length) parts.push(list(answer.notes, "notes"));
  byId("answer").replaceChildren(...parts);
  byId("answer").hidden = false;
  if (!isAwaited) wait("");
}

function side(who, lines, remarks) {
  const made = document.createElement("div");
  made.append(element("p", who, "who"), list(lines, "said"));
  made.append(...remarks.map((remark) => element("p", remark, "because")));
  return made;
}

function list(texts, className) {
  const made = element("ul", "", className);
  made.append(...texts.map((text) => element("li", text)));
  return made;
}

for (const opener of openers) {
  opener.addEventListener("click", () => {
    const isOpen = opener.getAttribute("aria-expanded") === "true";
    openers.forEach((each) => toggle(each, each === opener && !isOpen));
    const first = byId(opener.getAttribute("aria-controls")).querySelector("input, button");
    if (!isOpen) first?.focus();
  });
}
for (const button of document.querySelectorAll("#asking [data-question]")) {
  button.addEventListener("click", () => pose(button.dataset.question));
}
byId("people").addEventListener("submit", (event) => {
  event.preventDefault();
  pose(`For ${byId("people").elements.count.value}.`);
});
byId("question").addEventListener("submit", (event) => {
  event.preventDefault();
  pose(byId("question").elements.words.value);
});
