//! Adds rules to settings as text, so that the comments and the order of the settings stay. Only in
//! `allow: [] # none`, which is replaced by a list, the comment is lost.

use std::fmt;

use hostprocess::yaml;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::written_settings::read_source;

/// How the entries of `allow` are indented in what `hostprocess suggest` writes, and in
/// `artefacts/rules/`.
const INDENT_OF_ENTRIES: &str = "  ";

/// What the page shows after somebody asked for rules.
#[derive(Serialize)]
pub struct Answer {
    /// The settings, with the rules if they could be added.
    pub settings: String,
    /// Whether the rules are added, and why not; plain text.
    pub message: String,
}

/// Why rules are not added.
#[derive(Debug, PartialEq)]
pub enum NotAdded {
    /// No rule is missing: all are in the settings already, or there are none.
    AlreadyThere,
    /// The text is not YAML, or it holds the settings of several policies.
    Unreadable,
    /// The text has no list in block style to add entries to. For example, it is JSON, or `allow` is
    /// `[{name: a}]`.
    NoBlockList,
    /// The rules themselves cannot be read, or not be told apart by their lines.
    UnreadableRules,
}

impl fmt::Display for NotAdded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAdded::AlreadyThere => "The rules are there already.",
            NotAdded::Unreadable => "The rules cannot be added: correct the settings first.",
            NotAdded::UnreadableRules => "These rules cannot be added: copy them by hand.",
            NotAdded::NoBlockList => {
                "The rules cannot be added to this text. Write allow: on a line of its own, and each \
                 rule below it, with a hyphen before its first key."
            }
        })
    }
}

impl Answer {
    /// Adds `rules` to `settings` if that is possible, as [`add_rules`] does.
    pub fn new(settings: &str, rules: &str) -> Self {
        match add_rules(settings, rules) {
            Ok(settings) => Answer {
                settings,
                message: String::from("The rules are added."),
            },
            Err(reason) => Answer {
                settings: settings.to_owned(),
                message: reason.to_string(),
            },
        }
    }
}

/// Returns `settings` with the entries of `allow` that `rules` has and that are missing.
///
/// `rules` is written by `hostprocess suggest` or stands in `artefacts/rules/`: the key `allow` in
/// the first column, and its entries indented by two spaces below it. `settings` may be anything that a
/// person typed: settings, a policy, or neither. The entries are inserted as lines, without a parser of
/// YAML. Then the result is parsed, to see whether it means the old settings and the rules.
///
/// # Errors
/// The rules are there already, or cannot be added to this text.
fn add_rules(settings: &str, rules: &str) -> Result<String, NotAdded> {
    let before = read_settings(settings).ok_or(NotAdded::Unreadable)?;
    let suggested = read_settings(rules).ok_or(NotAdded::UnreadableRules)?;
    let mut missing_rules = Vec::new();
    let mut missing_lines = Vec::new();
    let entries = entries_of_allow(rules);
    // The lines of each rule have to be known.
    if entries.len() != rules_of(&suggested).len() {
        return Err(NotAdded::UnreadableRules);
    }
    for (rule, lines) in rules_of(&suggested).iter().zip(entries) {
        if !rules_of(&before).contains(rule) {
            missing_rules.push(rule.clone());
            missing_lines.extend(lines);
        }
    }
    if missing_rules.is_empty() {
        return Err(NotAdded::AlreadyThere);
    }

    let expected = with_rules(before, &missing_rules).ok_or(NotAdded::NoBlockList)?;
    let text = insert_lines(settings, &missing_lines);
    if read_settings(&text) == Some(expected) {
        Ok(text)
    } else {
        Err(NotAdded::NoBlockList)
    }
}

/// Reads the settings in `text`, which may stand in a policy. They are null if there is nothing but
/// comments. Returns `None` if `text` does not hold settings.
fn read_settings(text: &str) -> Option<Value> {
    let documents = yaml::read(text).ok()?;
    if documents.iter().all(Value::is_null) {
        return Some(Value::Null);
    }
    let source = read_source(text).ok()?;
    Some(source.settings)
}

/// Returns the entries of `allow`.
fn rules_of(settings: &Value) -> &[Value] {
    settings["allow"].as_array().map_or(&[], Vec::as_slice)
}

/// Returns what `settings` mean with more rules; `None` if they are not a mapping.
fn with_rules(settings: Value, more: &[Value]) -> Option<Value> {
    let rules = [rules_of(&settings), more].concat();
    let mut keys = match settings {
        Value::Null => Map::new(),
        Value::Object(keys) => keys,
        _ => return None,
    };
    keys.insert(String::from("allow"), Value::Array(rules));
    Some(Value::Object(keys))
}

/// Returns `settings` with the `entries`, which have [`INDENT_OF_ENTRIES`], in the lines below `allow`.
fn insert_lines(settings: &str, entries: &[&str]) -> String {
    let mut lines: Vec<String> = settings.lines().map(str::to_owned).collect();
    let allow_line = find_or_add_allow(&mut lines);

    let end = end_of_block(&lines, allow_line);
    let entries = reindent(entries, inner_indentation(&lines, allow_line));
    lines.splice(end..end, entries);
    lines.join("\n") + "\n"
}

/// Returns the index of the line with the key `allow`, to which entries can be added. A line is added
/// if there is none: in a policy below `settings`, else at the end.
fn find_or_add_allow(lines: &mut Vec<String>) -> usize {
    if let Some(allow_line) = find_key(lines, "allow") {
        open_empty_value(&mut lines[allow_line]);
        return allow_line;
    }

    let is_policy = lines.iter().any(|line| line.starts_with("apiVersion:"));
    if is_policy && let Some(settings_line) = find_key(lines, "settings") {
        open_empty_value(&mut lines[settings_line]);
        let indentation = inner_indentation(lines, settings_line);
        lines.insert(settings_line + 1, format!("{:indentation$}allow:", ""));
        return settings_line + 1;
    }

    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.push(String::from("allow:"));
    lines.len() - 1
}

/// Returns the index of the line that begins with `key`. Where there are several, such as in the
/// lines of a script, the key is the one with the smallest indentation.
fn find_key<L: AsRef<str>>(lines: &[L], key: &str) -> Option<usize> {
    let is_key = |line: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.starts_with(':'))
    };
    let with_key = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| is_key(line.as_ref()));
    let (index, _) = with_key.min_by_key(|(_, line)| indentation(line.as_ref()))?;
    Some(index)
}

/// Takes an empty list or mapping behind the key in `line` away, so that entries may follow. A comment
/// behind it goes with it, because it is about the empty value.
fn open_empty_value(line: &mut String) {
    if let Some((key, value)) = line.split_once(':') {
        let value = value.split(" #").next().unwrap_or_default().trim();
        if matches!(value, "[]" | "{}" | "null" | "~") {
            *line = format!("{key}:");
        }
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns the lines of each entry below the key `allow` in `rules`. The comments before an entry
/// belong to it.
fn entries_of_allow(rules: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = rules.lines().collect();
    let Some(allow_line) = find_key(&lines, "allow") else {
        return Vec::new();
    };
    let mut entries: Vec<Vec<&str>> = Vec::new();
    let mut comments = Vec::new();
    for line in &lines[allow_line + 1..end_of_block(&lines, allow_line)] {
        let unindented = line.strip_prefix(INDENT_OF_ENTRIES).unwrap_or_default();
        if unindented.starts_with('#') {
            comments.push(*line);
        } else if unindented.starts_with("- ") {
            let mut entry = std::mem::take(&mut comments);
            entry.push(*line);
            entries.push(entry);
        } else if let Some(entry) = entries.last_mut() {
            // The entry goes on, so the comments before this line belong to it as well.
            entry.append(&mut comments);
            entry.push(*line);
        }
    }
    entries
}

/// Returns the index after the last line with content that belongs to the key in the line `key_line`:
/// lines that are indented more than the key, and entries of a list that are indented as the key is.
fn end_of_block<L: AsRef<str>>(lines: &[L], key_line: usize) -> usize {
    let outer = indentation(lines[key_line].as_ref());
    let mut end = key_line + 1;
    for (index, line) in lines.iter().enumerate().skip(key_line + 1) {
        let content = line.as_ref().trim_start();
        if content.is_empty() {
            continue;
        }

        let inner = indentation(line.as_ref());
        let is_inside = inner > outer || inner == outer && content.starts_with("- ");
        if is_inside {
            end = index + 1;
            continue;
        }
        // A comment with less indentation ends nothing: entries may follow.
        if content.starts_with('#') {
            continue;
        }
        break;
    }
    end
}

/// Returns by how many spaces the keys or entries below the line `key_line` are indented; if there are none,
/// two more than the key.
fn inner_indentation(lines: &[String], key_line: usize) -> usize {
    let mut block = lines[key_line + 1..end_of_block(lines, key_line)].iter();
    let first = block.find(|line| {
        let content = line.trim_start();
        !content.is_empty() && !content.starts_with('#')
    });
    match first {
        Some(line) => indentation(line),
        None => indentation(&lines[key_line]) + 2,
    }
}

/// Returns `entries`, which have [`INDENT_OF_ENTRIES`], indented by `indentation` spaces.
fn reindent(entries: &[&str], indentation: usize) -> Vec<String> {
    let indent = " ".repeat(indentation);
    entries
        .iter()
        .map(|line| match line.strip_prefix(INDENT_OF_ENTRIES) {
            Some(rest) => format!("{indent}{rest}"),
            None => line.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "# read it\nallow:\n  # why\n  - name: b\n    namespaces: [x]\n";

    fn added(settings: &str) -> String {
        add_rules(settings, RULES).unwrap_or_else(|reason| panic!("{reason:?}: {settings}"))
    }

    /// A policy with `spec` below `spec:`.
    fn policy(spec: &str) -> String {
        format!(
            "apiVersion: policies.kubewarden.io/v1\nkind: ClusterAdmissionPolicy\nspec:\n{spec}"
        )
    }

    #[test]
    fn the_first_rule_makes_settings() {
        let expected = "allow:\n  # why\n  - name: b\n    namespaces: [x]\n";
        for settings in ["", "\n\n", "allow: []", "allow: {}\n", "allow:"] {
            assert_eq!(added(settings), expected);
        }
    }

    #[test]
    fn a_comment_without_settings_stays() {
        let expected = "# mine\nallow:\n  # why\n  - name: b\n    namespaces: [x]\n";
        assert_eq!(added("# mine\n"), expected);
    }

    #[test]
    fn a_rule_is_added_behind_the_last_one() {
        let settings = "# mine\nallow:\n  - name: a   # one\n\nrequirements: {}\n";
        let expected = "# mine\nallow:\n  - name: a   # one\n  # why\n  - name: b\n    \
                        namespaces: [x]\n\nrequirements: {}\n";
        assert_eq!(added(settings), expected);
    }

    #[test]
    fn a_rule_takes_the_indentation_of_the_others() {
        let settings = "allow:\n- name: a\n";
        let expected = "allow:\n- name: a\n# why\n- name: b\n  namespaces: [x]\n";
        assert_eq!(added(settings), expected);
    }

    #[test]
    fn settings_without_rules_keep_their_other_keys() {
        let settings = "requirements:\n  windowsNode: deny\n";
        let expected = "requirements:\n  windowsNode: deny\nallow:\n  # why\n  - name: b\n    \
                        namespaces: [x]\n";
        assert_eq!(added(settings), expected);
    }

    #[test]
    fn rules_that_are_there_are_not_added_again() {
        for settings in [
            "allow:\n# why\n- name: b\n  namespaces: [x]\n- name: c",
            "allow: [{namespaces: [x], name: b}]\n",
        ] {
            assert_eq!(add_rules(settings, RULES), Err(NotAdded::AlreadyThere));
        }
    }

    #[test]
    fn only_rules_that_are_missing_are_added() {
        let rules = format!("{RULES}  # why c\n  - name: c\n");
        let settings = "allow:\n  - {name: b, namespaces: [x]}\n";
        let expected = format!("{settings}  # why c\n  - name: c\n");
        assert_eq!(add_rules(settings, &rules), Ok(expected));
    }

    #[test]
    fn text_without_rules_adds_nothing() {
        let added = add_rules("allow: []\n", "allow: []\n");
        assert_eq!(added, Err(NotAdded::AlreadyThere));
    }

    #[test]
    fn nothing_is_added_in_brackets_or_braces() {
        for settings in [
            "allow: [{name: a}]\n",
            "allow: [\n  {name: a},\n]\n",
            "allow:\n  [{name: a}]\n",
            "{allow: [{name: a}]}\n",
            "{\n  \"allow\": [\n    {\"name\": \"a\"}\n  ]\n}\n",
            &policy("  settings: {requirements: {windowsNode: deny}}\n"),
        ] {
            let added = add_rules(settings, RULES);
            assert_eq!(added, Err(NotAdded::NoBlockList), "{settings}");
        }
    }

    #[test]
    fn nothing_is_added_to_a_key_of_another_text() {
        let script = policy("  settings:\n    |\n    allow: []\n");
        assert_eq!(add_rules(&script, RULES), Err(NotAdded::NoBlockList));
    }

    #[test]
    fn nothing_is_added_to_text_that_is_no_yaml() {
        let added = add_rules("allow: [\n", RULES);
        assert_eq!(added, Err(NotAdded::Unreadable));
    }

    #[test]
    fn a_policy_has_its_rules_below_its_settings() {
        let spec = "  settings:\n    allow:\n      - name: a\n  mode: protect\n";
        let expected = "  settings:\n    allow:\n      - name: a\n      # why\n      - name: b\n        \
                        namespaces: [x]\n  mode: protect\n";
        assert_eq!(added(&policy(spec)), policy(expected));
    }

    #[test]
    fn a_policy_without_settings_gets_rules() {
        let spec = "  settings: {} # none yet\n  mode: protect\n";
        let expected = "  settings:\n    allow:\n      # why\n      - name: b\n        \
                        namespaces: [x]\n  mode: protect\n";
        assert_eq!(added(&policy(spec)), policy(expected));
    }

    #[test]
    fn the_first_rule_of_a_policy_takes_the_indentation_of_its_other_settings() {
        let spec = "  settings:\n      # mine\n      requirements:\n        windowsNode: deny\n  \
                    mode: protect\n";
        let expected = "  settings:\n      allow:\n        # why\n        - name: b\n          \
                        namespaces: [x]\n      # mine\n      requirements:\n        \
                        windowsNode: deny\n  mode: protect\n";
        assert_eq!(added(&policy(spec)), policy(expected));
    }

    #[test]
    fn a_policy_may_stand_beside_other_objects() {
        let namespace = "apiVersion: v1\nkind: Namespace\n---\n";
        let before = policy("  settings: {}\n");
        let expected = added(&before);
        assert_eq!(
            added(&format!("{namespace}{before}")),
            format!("{namespace}{expected}")
        );
    }
}
