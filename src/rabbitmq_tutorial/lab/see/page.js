// Asks for the picture twice in a second, and draws it again when it has changed.
const PAUSE = 400; // milliseconds
const picture = document.querySelector("main");
const where = document.querySelector("#where");
const state = document.querySelector("#state");
const problem = document.querySelector("#problem");
let drawn = "";
let lostSince = "";

async function ask() {
  try {
    const answer = await fetch("picture");
    return await answer.json();
  } catch {
    return { problem: "broker picture --web has ended; start it again and open its new address" };
  }
}

function show(answer) {
  const lost = Boolean(answer.problem);
  if (!lost) {
    lostSince = "";
  } else if (!lostSince) {
    lostSince = new Date().toLocaleTimeString();
  }
  document.body.classList.toggle("lost", lost);
  state.textContent = lost ? `no answer since ${lostSince}` : "live";
  problem.textContent = answer.problem ?? "";
  problem.hidden = !lost;
  if (!lost && answer.picture !== drawn) {
    drawn = answer.picture;
    picture.innerHTML = drawn;
    picture.style.setProperty("--began", `-${Math.round(performance.now())}ms`); // go on, not anew
    where.textContent = answer.where;
  }
}

async function forEver() {
  show(await ask());
  setTimeout(forEver, PAUSE);
}

forEver();
