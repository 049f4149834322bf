//! What the author of an unknown key meant.

use std::fmt::{self, Display, Formatter};

/// The longest key that is compared with others, in bytes. Known keys are shorter.
const LONGEST_COMPARED_KEY: usize = 60;

/// The keys of an object.
#[derive(Clone, Copy)]
pub struct Keys<'k> {
    /// The keys that the object may have.
    pub known: &'k [&'static str],
    /// Keys that administrators write into the object, but that belong elsewhere.
    pub elsewhere: &'k [KeysElsewhere],
}

/// Keys that belong elsewhere: `hostNetwork` belongs in `requirements`, and not beside it.
#[derive(Clone, Copy)]
pub struct KeysElsewhere {
    pub keys: &'static [&'static str],
    /// What to do with such a key: `write it under requirements`.
    pub instead: &'static str,
}

/// What is known about an unknown key. `Display` says what to write instead.
pub enum UnknownKey<'k> {
    /// The key resembles this known one, which the object lacks.
    Misspelt(&'static str),
    /// The key belongs elsewhere. `instead` says what to do with it.
    Misplaced { instead: &'static str },
    /// The key resembles nothing.
    Unlike { known: &'k [&'static str] },
}

impl Display for UnknownKey<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            UnknownKey::Misspelt(meant) => write!(f, "unknown key: did you mean {meant}?"),
            UnknownKey::Misplaced { instead } => write!(f, "unknown key here: {instead}"),
            UnknownKey::Unlike { known: [only] } => {
                write!(f, "unknown key: the only key is {only}")
            }
            UnknownKey::Unlike { known } => {
                write!(f, "unknown key: write one of {}", known.join(", "))
            }
        }
    }
}

impl<'k> Keys<'k> {
    /// Explains `key`, which is not among the known keys. `is_given` says which keys the object has.
    pub fn explain(&self, key: &str, is_given: impl Fn(&str) -> bool) -> UnknownKey<'k> {
        let missing = self.known.iter().copied().filter(|known| !is_given(known));
        if let Some(meant) = find_meant_key(key, missing) {
            return UnknownKey::Misspelt(meant);
        }

        for elsewhere in self.elsewhere {
            if elsewhere.keys.contains(&key) {
                let instead = elsewhere.instead;
                return UnknownKey::Misplaced { instead };
            }
        }
        UnknownKey::Unlike { known: self.known }
    }
}

/// Returns the key among `candidates` that `key` most probably means: the one that differs in the
/// fewest letters. At most a third of the letters of `key` may differ, and at most two. Case, `_` and
/// `-` do not count. So `image` means `images`, and `run_as_user_name` means `runAsUserNames`.
pub fn find_meant_key<'k>(key: &str, candidates: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if key.len() > LONGEST_COMPARED_KEY {
        return None;
    }

    let letters = normalize(key);
    let most_changes = (letters.len() / 3).min(2);
    candidates
        .map(|candidate| (count_changes(&letters, &normalize(candidate)), candidate))
        .filter(|(changes, _)| *changes <= most_changes)
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

/// Returns `key` in lower case, without `_` and `-`. It leaves letters that are not ASCII as they are:
/// all known keys are ASCII, and Unicode's tables would add 15 KB to the module.
fn normalize(key: &str) -> String {
    key.to_ascii_lowercase().replace(['_', '-'], "")
}

/// Counts the letters that have to be added, removed or exchanged to turn `from` into `to`
/// (the Levenshtein distance).
fn count_changes(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // `changes[n]` is how many changes turn the letters of `from` so far into the first n letters of
    // `to`.
    let mut changes: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        // What changes[column] was before this letter.
        let mut before = changes[0];
        changes[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let exchanged = before + usize::from(letter != *other);
            before = changes[column + 1];
            let removed = before + 1;
            let added = changes[column] + 1;
            changes[column + 1] = exchanged.min(removed).min(added);
        }
    }
    changes[to.len()]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::singular("image", Some("images"))]
    #[case::another_case("runasusernames", Some("runAsUserNames"))]
    #[case::snake_case_in_the_singular("run_as_user_name", Some("runAsUserNames"))]
    #[case::exchanged_letters("iamges", Some("images"))]
    #[case::one_change_of_four("nams", Some("name"))]
    #[case::two_changes_of_four("nome2", None)]
    #[case::three_letters_before("xyzname", None)]
    #[case::another_word("labels", None)]
    #[case::nothing("", None)]
    fn the_nearest_key_is_meant(#[case] key: &str, #[case] expected: Option<&str>) {
        let keys = ["images", "runAsUserNames", "name", "namespaces"];
        assert_eq!(find_meant_key(key, keys.into_iter()), expected);
    }

    #[test]
    fn a_key_that_is_given_is_not_meant() {
        let keys = Keys {
            known: &["images"],
            elsewhere: &[],
        };
        let hint = keys.explain("image", |key| key == "images");
        assert_eq!(hint.to_string(), "unknown key: the only key is images");
    }
}
