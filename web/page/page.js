// The page: shows what the policy, compiled to WebAssembly, says about the text in its fields.
// All text from manifests and settings is set as textContent, never as HTML.

import init, { add_rules, examples, judge_fields, policy, rules } from "./hostprocess_web.js";

const DELAY_AFTER_TYPING = 200; // milliseconds

const byId = (id) => document.getElementById(id);
const manifests = byId("manifests");
const settings = byId("settings");
const namespace = byId("namespace");
const requester = byId("requester");

/** Whether somebody wrote what stands in the fields, and would miss it. */
let isEdited = false;

function element(name, text, className = "") {
  const created = document.createElement(name);
  created.textContent = text;
  created.className = className;
  return created;
}

function button(text, className, act) {
  const created = element("button", text, className);
  created.type = "button";
  created.addEventListener("click", act);
  return created;
}

/** Writes a text that a screen reader reads aloud when it changes. */
function tell(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

/** Judges the manifests again, and shows what came of it. */
function update() {
  const answer = JSON.parse(
    judge_fields(manifests.value, settings.value, namespace.value, requester.value),
  );
  tell("settings-summary", answer.settingsSummary);
  byId("settings-summary").className = answer.settingsAreValid ? "" : "problem";
  byId("remarks").replaceChildren(...answer.remarks.map(remarkItem));
  settings.ariaInvalid = String(!answer.settingsAreValid);
  byId("download-policy").disabled = !answer.settingsAreValid;

  tell("requester-problem", answer.requesterProblem);
  requester.ariaInvalid = String(answer.requesterProblem !== "");

  tell("summary", answer.summary);
  byId("verdicts").replaceChildren(...answer.objects.map(verdictItem));
}

/** The list item of a remark on the settings. */
function remarkItem(remark) {
  const item = element("li", "");
  if (remark.line) item.append(lineButton(settings, remark.line), ": ");
  item.append(remark.text);
  return item;
}

/** The list item of an object. */
function verdictItem(object, index) {
  const item = element("li", "");
  item.tabIndex = -1; // can have the focus, but is no stop of the Tab key
  const heading = element("h3", "");
  const verdict = element("span", object.verdict, `verdict ${object.class}`);
  heading.append(lineButton(manifests, object.line), `: ${object.title} `, verdict);
  item.append(heading, ...object.messages.map((message) => element("p", message)));

  if (object.suggestedRule) {
    const add = button("Add this rule to the settings", "add", () => {
      addToSettings(object.suggestedRule);
      // The items are new ones now. The one of this object has the same index.
      byId("verdicts").children[index]?.focus();
    });
    item.append(add, element("pre", object.suggestedRule));
  }
  return item;
}

/** A button that shows and selects a line of a field. */
function lineButton(field, line) {
  return button(`line ${line}`, "line", () => {
    const lines = field.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    field.focus();
    field.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    // Two lines above it stay visible.
    field.scrollTop = (line - 3) * parseFloat(getComputedStyle(field).lineHeight);
  });
}

/** Adds rules, which are settings with `allow` only, to the settings, and tells whether that worked. */
function addToSettings(text) {
  const answer = JSON.parse(add_rules(settings.value, text));
  settings.value = answer.settings;
  settings.scrollTop = settings.scrollHeight;
  isEdited = true;
  tell("done", answer.message);
  update();
}

/** Fills a menu, and returns a function that returns the entry chosen in it. */
function fillMenu(menu, entries) {
  menu.append(...entries.map((entry) => new Option(entry.title, entry.name)));
  return () => entries.find((entry) => entry.name === menu.value);
}

function show(example) {
  if (isEdited && !confirm("Replace your manifests and settings?")) return;
  manifests.value = example.manifests;
  settings.value = example.settings;
  isEdited = false;
  update();
}

async function copySettings() {
  try {
    await navigator.clipboard.writeText(settings.value);
    tell("done", "The settings are copied.");
  } catch {
    settings.select();
    tell("done", "Press Ctrl+C to copy.");
  }
}

function download(name, text) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  tell("done", `${name} is downloaded.`);
}

function watchTyping() {
  let timer;
  for (const field of [manifests, settings, namespace, requester]) {
    field.addEventListener("input", () => {
      isEdited = true;
      tell("done", "");
      clearTimeout(timer);
      timer = setTimeout(update, DELAY_AFTER_TYPING);
    });
  }
}

const module = new URL("./hostprocess_web_bg.wasm", import.meta.url);
await init({ module_or_path: module }).catch((error) => {
  tell("summary", `The policy cannot be loaded: ${error.message}`);
  throw error;
});
const chosenExample = fillMenu(byId("example"), JSON.parse(examples()));
const chosenRules = fillMenu(byId("rules"), JSON.parse(rules()));
byId("show-example").addEventListener("click", () => show(chosenExample()));
byId("add-rules").addEventListener("click", () => addToSettings(chosenRules().settings));
byId("copy").addEventListener("click", copySettings);
byId("download-settings").addEventListener("click", () => download("settings.yaml", settings.value));
byId("download-policy").addEventListener("click", () => {
  const text = policy(settings.value); // nothing if the settings are not valid
  if (text) download("policy.yaml", text);
});
watchTyping();
update();
document.documentElement.dataset.ready = "true"; // for the browser test
