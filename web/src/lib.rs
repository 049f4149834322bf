//! The functions that the page calls: the readers of `hostprocess` and the policy itself, compiled
//! to WebAssembly. All of them take and give text, so that the page needs nothing but `JSON.parse`.

mod add_rules;
mod examples;
mod review;
mod written_settings;

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use add_rules::Answer;
use review::Fields;
use written_settings::WrittenSettings;

/// Judges `manifests` by `settings`, which may be empty. `namespace` is for objects that name none;
/// `requester` is who asks, as settings spell it (`group:admins`), and empty for anybody.
///
/// Returns a [`review::Review`] as JSON.
#[wasm_bindgen]
pub fn judge_fields(manifests: &str, settings: &str, namespace: &str, requester: &str) -> String {
    to_json(&review::judge_fields(&Fields {
        manifests,
        settings,
        namespace,
        requester,
    }))
}

/// Returns a whole policy with `settings`, ready to apply. `None` if the settings are not valid.
#[wasm_bindgen]
pub fn policy(settings: &str) -> Option<String> {
    let settings = WrittenSettings::read(settings).ok()?;
    Some(settings.policy())
}

/// Adds the rules of `rules`, which are settings with nothing but `allow`, to `settings`.
///
/// Returns an [`add_rules::Answer`] as JSON.
#[wasm_bindgen]
pub fn add_rules(settings: &str, rules: &str) -> String {
    to_json(&Answer::new(settings, rules))
}

/// Returns the examples of the menu as JSON: a list of [`examples::Example`].
#[wasm_bindgen]
pub fn examples() -> String {
    to_json(&examples::EXAMPLES)
}

/// Returns the ready-made rules of the menu as JSON: a list of [`examples::Rules`].
#[wasm_bindgen]
pub fn rules() -> String {
    to_json(&examples::rules())
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
