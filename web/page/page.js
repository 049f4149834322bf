// The page: shows what the policy, compiled to WebAssembly, says about the text in its fields.
// All text from manifests and settings is set as textContent, never as HTML.

import init, { add_rules, examples, review, rules } from "./hostprocess_web.js";

const DELAY_AFTER_TYPING = 200; // milliseconds

const byId = (id) => document.getElementById(id);
const manifests = byId("manifests");
const settings = byId("settings");
const namespace = byId("namespace");
const requester = byId("requester");

function element(name, text, className) {
  const created = document.createElement(name);
  created.textContent = text;
  if (className) created.className = className;
  return created;
}

/** Judges the manifests again, and shows what came of it. */
function update() {
  const answer = JSON.parse(
    review(manifests.value, settings.value, namespace.value, requester.value),
  );
  byId("problems").replaceChildren(...answer.problems.map((problem) => element("li", problem)));
  byId("summary").textContent = answer.summary;
  byId("verdicts").replaceChildren(...answer.objects.map(verdictItem));
}

/** The list item of one object. */
function verdictItem(object) {
  const item = element("li", "");
  const heading = element("h3", `line ${object.line}: ${object.title} `);
  heading.append(element("span", object.verdict, `verdict ${object.class}`));
  item.append(heading, ...object.messages.map((message) => element("p", message)));

  if (object.suggestedRule) {
    const button = element("button", "Add this rule to the settings");
    button.type = "button";
    button.addEventListener("click", () => addToSettings(object.suggestedRule));
    item.append(element("pre", object.suggestedRule), button);
  }
  return item;
}

/** Adds rules, which are settings with `allow` only, to the settings. */
function addToSettings(text) {
  settings.value = add_rules(settings.value, text);
  update();
  settings.focus();
}

function fillMenu(menu, entries, choose) {
  for (const entry of entries) {
    const option = element("option", entry.title);
    option.value = entry.name;
    menu.append(option);
  }
  menu.addEventListener("change", () => {
    const chosen = entries.find((entry) => entry.name === menu.value);
    if (chosen) choose(chosen);
    menu.value = "";
  });
}

function chooseExample(example) {
  manifests.value = example.manifests;
  settings.value = example.settings;
  update();
}

async function copySettings() {
  const button = byId("copy");
  try {
    await navigator.clipboard.writeText(settings.value);
    button.textContent = "Copied";
  } catch {
    settings.select();
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (button.textContent = "Copy settings"), 2000);
}

function watchTyping() {
  let timer;
  for (const field of [manifests, settings, namespace, requester]) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(update, DELAY_AFTER_TYPING);
    });
  }
}

await init({ module_or_path: new URL("./hostprocess_web_bg.wasm", import.meta.url) });
fillMenu(byId("example"), JSON.parse(examples()), chooseExample);
fillMenu(byId("rules"), JSON.parse(rules()), (chosen) => addToSettings(chosen.settings));
byId("copy").addEventListener("click", copySettings);
watchTyping();
update();
document.documentElement.dataset.ready = "true"; // for the browser test
