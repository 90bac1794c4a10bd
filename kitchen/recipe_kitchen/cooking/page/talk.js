/** Ask recipe-cook; whatever it answers is text and never becomes markup. */

export const ENDED = "recipe-cook has ended: start it again";

function post(path, body, signal) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

/** Return an answer; throws an `Error` whose message is for the cook. */
export async function ask(path, body = {}) {
  const response = await post(path, body).catch(() => null);
  if (!response) throw new Error(ENDED);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Yield the events of what takes a while, until it is done. */
export async function* events(path, body, signal) {
  const response = await post(path, body, signal);
  if (!response.ok) throw new Error((await response.json()).error);
  for await (const event of objects(response.body)) {
    if (event.error) throw new Error(event.error);
    yield event;
    if (event.done) return;
  }
  throw new Error(ENDED);
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
