//! Adds rules to settings as text, so that the comments and the order of the settings stay.

/// Returns `settings` with the entries of `allow` that `rules` has.
///
/// `rules` is written by `hostprocess suggest` or stands in `artefacts/rules/`: the key `allow` in
/// the first column, and its entries indented below it. `settings` may be anything that a person
/// typed. If it has no `allow` whose end can be found, the rules are put at the end, and the page
/// shows what is wrong with the result.
pub fn add_rules(settings: &str, rules: &str) -> String {
    let Some(entries) = entries_of_allow(rules) else {
        return settings.to_owned();
    };
    let mut lines: Vec<&str> = settings.lines().collect();

    let Some(allow) = lines.iter().position(|line| is_key(line, "allow")) else {
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        lines.push("allow:");
        lines.extend(&entries);
        return join(&lines);
    };

    // `allow: []` and `allow: {}` have no entries that could be kept.
    let value = lines[allow]["allow:".len()..].trim();
    if value.starts_with('[') || value.starts_with('{') {
        lines[allow] = "allow:";
    }
    let end = end_of_block(&lines, allow);
    let indentation = entry_indentation(&lines[allow + 1..end]);
    let entries = reindent(&entries, indentation);
    let before = lines[..end].iter().copied();
    let added = entries.iter().map(String::as_str);
    let after = lines[end..].iter().copied();
    join(&before.chain(added).chain(after).collect::<Vec<_>>())
}

/// Returns the lines below the key `allow` in `rules`; `None` if there are none.
fn entries_of_allow(rules: &str) -> Option<Vec<&str>> {
    let lines: Vec<&str> = rules.lines().collect();
    let allow = lines.iter().position(|line| is_key(line, "allow"))?;
    let end = end_of_block(&lines, allow);
    let entries = lines[allow + 1..end].to_vec();
    (!entries.is_empty()).then_some(entries)
}

/// Returns whether `line` is the top-level key `key`.
fn is_key(line: &str, key: &str) -> bool {
    line.strip_prefix(key)
        .is_some_and(|rest| rest.starts_with(':'))
}

/// Returns the index behind the last line with content that belongs to the key in the line `key`:
/// lines that are indented, and entries of a list in the first column.
fn end_of_block(lines: &[&str], key: usize) -> usize {
    let mut end = key + 1;
    for (index, line) in lines.iter().enumerate().skip(key + 1) {
        let is_blank = line.trim().is_empty();
        let is_inside = line.starts_with([' ', '-']);
        if !is_blank && !is_inside {
            break;
        }
        if !is_blank {
            end = index + 1;
        }
    }
    end
}

/// Returns by how many spaces the entries in `block` are indented; two if there are none.
fn entry_indentation(block: &[&str]) -> usize {
    let entry = block.iter().find(|line| line.trim_start().starts_with('-'));
    entry.map_or(2, |line| line.len() - line.trim_start().len())
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

fn join(lines: &[&str]) -> String {
    lines.join("\n") + "\n"
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
    fn text_without_rules_adds_nothing() {
        assert_eq!(add_rules("allow: []\n", "allow: []\n"), "allow: []\n");
    }
}
