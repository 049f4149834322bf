//! The table of valid and invalid settings in `tests/data/settings.yaml`.

use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::builds;
use crate::rule::rule;
use crate::table::{self, Entry};

/// One case of the table.
pub struct Case {
    pub name: String,
    /// The settings as JSON.
    settings: String,
    /// All that is wrong in its order, each by how it begins and what else it holds; nothing
    /// where the settings are valid.
    problems: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    valid: bool,
    message: Option<String>,
}

/// Reads the table of settings.
pub fn read() -> Vec<Case> {
    let fixture = table::fixtures().rule;
    let cases = table::cases("settings.yaml").into_iter();
    cases.map(|entry| Case::of(entry, &fixture)).collect()
}

impl Case {
    fn of(mut entry: Entry, fixture: &Entry) -> Self {
        let name = format!("settings: {}", table::take::<String>(&mut entry, "name"));
        let without: Vec<String> = table::take(&mut entry, "without");
        let problems = table::take(&mut entry, "problems");
        let (text, document) = (entry.remove("text"), entry.remove("document"));
        let one = [table::take::<Entry>(&mut entry, "rule")];
        let rules = entry
            .remove("rules")
            .map(|rules| table::read_as::<Vec<Entry>>(&name, rules));
        assert!(entry.is_empty(), "{name}: unknown {entry:?}");
        let rules = rules.as_deref().unwrap_or(&one).iter().map(|changes| {
            let mut rule = rule(fixture, changes);
            let fields = rule.as_object_mut().expect("a rule is an object");
            fields.retain(|key, _| !without.contains(key));
            rule
        });
        let settings = match (text, document) {
            (Some(text), _) => text.as_str().expect("text is a text").to_owned(),
            (None, Some(document)) => document.to_string(),
            (None, None) => json!({ "allow": rules.collect::<Vec<Value>>() }).to_string(),
        };
        Case {
            name,
            settings,
            problems,
        }
    }

    /// Judges the settings with both builds.
    ///
    /// # Errors
    /// What is not as expected.
    pub fn check(&self) -> Result<(), Failed> {
        let response = builds::check_settings(&self.settings)?;
        let answer: Answer = serde_json::from_str(&response)?;
        let message = answer.message.as_deref().unwrap_or_default();
        let list = message.strip_prefix("settings are not valid: ");
        let mut found: Vec<String> = Vec::new();
        for part in list.iter().flat_map(|list| list.split("; ")) {
            match found.last_mut() {
                // A semicolon of its own.
                Some(last) if !begins_with_a_path(part) => last.push_str(&format!("; {part}")),
                _ => found.push(part.to_owned()),
            }
        }
        let is = |(found, problem): (&String, &Vec<String>)| {
            found.starts_with(&*problem[0]) && problem.iter().all(|part| found.contains(&**part))
        };
        let as_expected = answer.valid == self.problems.is_empty()
            && answer.valid == list.is_none()
            && found.len() == self.problems.len()
            && found.iter().zip(&self.problems).all(is);
        assert!(
            as_expected,
            "response: {response}\nsettings: {}",
            self.settings
        );
        Ok(())
    }
}

fn begins_with_a_path(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.[]".contains(c);
    text.split_once(": ")
        .is_some_and(|(path, _)| path.chars().all(plain))
}
