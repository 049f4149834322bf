//! The known key that an unknown key resembles. The settings, which are read in the policy's module,
//! compare keys in the same way.

/// The longest key that is compared with others, in bytes. Known keys are shorter.
const LONGEST_COMPARED_KEY: usize = 60;

/// Returns the key among `candidates` that `key` most probably means: the one that differs in the
/// fewest letters. At most a third of the letters of `key` may differ, and at most two. Case, `_` and
/// `-` do not count. So `modul` means `module`, and `failure_policy` means `failurePolicy`.
pub fn find_similar_key<'k>(
    key: &str,
    candidates: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    if key.len() > LONGEST_COMPARED_KEY {
        return None;
    }

    let letters = normalize(key);
    let most_changes = (letters.len() / 3).min(2);
    candidates
        .into_iter()
        .map(|candidate| (count_changes(&letters, &normalize(candidate)), candidate))
        .filter(|(changes, _)| *changes <= most_changes)
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

/// Returns the letters of `key` in lower case, without `_` and `-`.
fn normalize(key: &str) -> Vec<char> {
    let letters = key.chars().filter(|letter| !matches!(letter, '_' | '-'));
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Counts the letters that have to be added, removed or exchanged to turn `from` into `to` (the
/// Levenshtein distance).
fn count_changes(from: &[char], to: &[char]) -> usize {
    // `changes[n]` is how many changes turn the letters of `from` so far into the first n letters of
    // `to`.
    let mut changes: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.iter().enumerate() {
        let mut next = vec![index + 1];
        for (column, other) in to.iter().enumerate() {
            let exchanged = changes[column] + usize::from(letter != other);
            let removed = changes[column + 1] + 1;
            let added = next[column] + 1;
            next.push(exchanged.min(removed).min(added));
        }
        changes = next;
    }
    changes[to.len()]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::another_case("backgroundaudit", Some("backgroundAudit"))]
    #[case::a_missing_letter("polcyServer", Some("policyServer"))]
    #[case::a_missing_letter_of_a_short_key("mod", Some("mode"))]
    #[case::the_nearer_of_two("modul", Some("module"))]
    #[case::exchanged_letters("policySevrer", Some("policyServer"))]
    #[case::two_letters_of_five("ruels", None)]
    #[case::snake_case("policy_server", Some("policyServer"))]
    #[case::another_word("labels", None)]
    #[case::nothing("", None)]
    fn the_nearest_key_is_meant(#[case] key: &str, #[case] expected: Option<&str>) {
        let keys = ["backgroundAudit", "mode", "module", "policyServer", "rules"];
        assert_eq!(find_similar_key(key, keys), expected);
    }
}
