/** What every part of the page uses: elements, the status line, files to save. */

export const byId = (id) => document.getElementById(id);

/** Make an element that shows a text; nothing of a recipe ever becomes markup. */
export function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Say what is going on; screen readers hear it once, the seconds beside it are only seen. */
export function say(text, isProblem = false) {
  if (byId("said").textContent !== text) byId("said").textContent = text;
  byId("status").classList.toggle("problem", isProblem);
}

/** Count the seconds of a wait in an element; return what ends it and tells how many they were. */
export function startClock(shown) {
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1000);
  const clock = setInterval(() => (shown.textContent = `${seconds()} s`), 1000);
  return () => {
    clearInterval(clock);
    shown.textContent = "";
    return seconds();
  };
}

/** Have the browser save a text. */
export function save(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
