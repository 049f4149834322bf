//! Adds rules to settings as text, so that the comments and the order of the settings stay.

/// Returns `settings` with the entries of `allow` that `rules` has, unless they stand there already.
///
/// `rules` is written by `hostprocess suggest` or stands in `artefacts/rules/`: the key `allow` in
/// the first column, and its entries indented below it. `settings` may be anything that a person
/// typed: settings, a policy, or neither. If it has no `allow` whose end can be found, the rules are
/// put at the end, and the page shows what is wrong with the result.
pub fn add_rules(settings: &str, rules: &str) -> String {
    let Some(entries) = entries_of_allow(rules) else {
        return settings.to_owned();
    };
    let mut lines: Vec<String> = settings.lines().map(str::to_owned).collect();
    let allow = find_or_add_allow(&mut lines);

    let end = end_of_block(&lines, allow);
    let entries = reindent(&entries, entry_indentation(&lines, allow, end));
    let are_there = lines[allow..end]
        .windows(entries.len())
        .any(|window| window == entries);
    if are_there {
        return settings.to_owned();
    }
    lines.splice(end..end, entries);
    lines.join("\n") + "\n"
}

/// Returns the index of the line with the key `allow`, to which entries can be added. A line is added
/// if there is none: in a policy below `settings`, else at the end.
fn find_or_add_allow(lines: &mut Vec<String>) -> usize {
    if let Some(allow) = find_key(lines, "allow") {
        open_empty_value(&mut lines[allow]);
        return allow;
    }

    let is_policy = lines.iter().any(|line| line.starts_with("apiVersion:"));
    if is_policy && let Some(settings) = find_key(lines, "settings") {
        open_empty_value(&mut lines[settings]);
        let indentation = indentation(&lines[settings]) + 2;
        lines.insert(settings + 1, format!("{:indentation$}allow:", ""));
        return settings + 1;
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

/// Takes an empty list or mapping behind the key in `line` away, so that entries may follow.
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

/// Returns the lines below the key `allow` in `rules`; `None` if there are none.
fn entries_of_allow(rules: &str) -> Option<Vec<&str>> {
    let lines: Vec<&str> = rules.lines().collect();
    let allow = find_key(&lines, "allow")?;
    let end = end_of_block(&lines, allow);
    let entries = lines[allow + 1..end].to_vec();
    (!entries.is_empty()).then_some(entries)
}

/// Returns the index behind the last line with content that belongs to the key in the line `key`:
/// lines that are indented more than the key, and entries of a list that are indented as the key is.
fn end_of_block<L: AsRef<str>>(lines: &[L], key: usize) -> usize {
    let outer = indentation(lines[key].as_ref());
    let mut end = key + 1;
    for (index, line) in lines.iter().enumerate().skip(key + 1) {
        let content = line.as_ref().trim_start();
        let inner = indentation(line.as_ref());
        let is_inside = inner > outer || inner == outer && content.starts_with("- ");
        if content.is_empty() {
            continue;
        }
        if is_inside {
            end = index + 1;
        } else if !content.starts_with('#') {
            // A comment with less indentation ends nothing: entries may follow.
            break;
        }
    }
    end
}

/// Returns by how many spaces the entries between the lines `allow` and `end` are indented; if there
/// are none, two more than `allow`.
fn entry_indentation(lines: &[String], allow: usize, end: usize) -> usize {
    let mut block = lines[allow + 1..end].iter();
    match block.find(|line| line.trim_start().starts_with('-')) {
        Some(entry) => indentation(entry),
        None => indentation(&lines[allow]) + 2,
    }
}

/// Returns `entries`, which are indented by two spaces, indented by `indentation` spaces.
fn reindent(entries: &[&str], indentation: usize) -> Vec<String> {
    let indent = " ".repeat(indentation);
    entries
        .iter()
        .map(|line| match line.strip_prefix("  ") {
            Some(rest) => format!("{indent}{rest}"),
            None => line.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "# read it\nallow:\n  # why\n  - name: b\n    namespaces: [x]\n";

    #[test]
    fn the_first_rule_makes_settings() {
        let expected = "allow:\n  # why\n  - name: b\n    namespaces: [x]\n";
        assert_eq!(add_rules("", RULES), expected);
        assert_eq!(add_rules("\n\n", RULES), expected);
        assert_eq!(add_rules("allow: []", RULES), expected);
    }

    #[test]
    fn a_rule_is_added_behind_the_last_one() {
        let settings = "# mine\nallow:\n  - name: a   # one\n\nrequirements: {}\n";
        let expected = "# mine\nallow:\n  - name: a   # one\n  # why\n  - name: b\n    \
                        namespaces: [x]\n\nrequirements: {}\n";
        assert_eq!(add_rules(settings, RULES), expected);
    }

    #[test]
    fn a_rule_takes_the_indentation_of_the_others() {
        let settings = "allow:\n- name: a\n";
        let expected = "allow:\n- name: a\n# why\n- name: b\n  namespaces: [x]\n";
        assert_eq!(add_rules(settings, RULES), expected);
    }

    #[test]
    fn settings_without_rules_keep_their_other_keys() {
        let settings = "requirements:\n  windowsNode: deny\n";
        let expected = "requirements:\n  windowsNode: deny\nallow:\n  # why\n  - name: b\n    \
                        namespaces: [x]\n";
        assert_eq!(add_rules(settings, RULES), expected);
    }

    #[test]
    fn rules_that_are_there_are_not_added_again() {
        let settings = "allow:\n# why\n- name: b\n  namespaces: [x]\n- name: c";
        assert_eq!(add_rules(settings, RULES), settings);
    }

    #[test]
    fn rules_of_a_list_on_one_line_are_kept() {
        let settings = "allow: [{name: a}]\n";
        assert!(add_rules(settings, RULES).starts_with(settings));
    }

    #[test]
    fn a_policy_has_its_rules_below_its_settings() {
        let policy =
            "apiVersion: v1\nspec:\n  settings:\n    allow:\n      - name: a\n  mode: protect\n";
        let expected = "apiVersion: v1\nspec:\n  settings:\n    allow:\n      - name: a\n      # why\n      \
                        - name: b\n        namespaces: [x]\n  mode: protect\n";
        assert_eq!(add_rules(policy, RULES), expected);
    }

    #[test]
    fn a_policy_without_settings_gets_rules() {
        let policy = "apiVersion: v1\nspec:\n  settings: {} # none yet\n  mode: protect\n";
        let expected = "apiVersion: v1\nspec:\n  settings:\n    allow:\n      # why\n      \
                        - name: b\n        namespaces: [x]\n  mode: protect\n";
        assert_eq!(add_rules(policy, RULES), expected);
    }

    #[test]
    fn text_without_rules_adds_nothing() {
        assert_eq!(add_rules("allow: []\n", "allow: []\n"), "allow: []\n");
    }
}
