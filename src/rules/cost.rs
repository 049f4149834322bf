//! What comparisons cost, in the unit of [`Budget`](crate::budget::Budget): about the work of comparing
//! one byte. What the comparison of a pod with the nodes costs stands in
//! `requirements/node_selection.rs`.
//!
//! Each function returns what a comparison costs at most. `tests/hostile` measures that the costs
//! suffice: a request that spends nearly the whole budget is answered in time.

use crate::matching::pattern;
use crate::matching::requester::{MOST_GROUPS, RequesterEntry};
use crate::matching::words::Word;
use crate::request::Requester;

/// The cost of comparing a container with an entry, beside that of its texts.
pub const COST_OF_ENTRY: usize = 400;
/// The cost of any comparison, however short the texts are.
const FIXED_COST: usize = 20;
/// The extra cost of a comparison of images or accounts, which takes them apart or copies them.
const COST_OF_NAME: usize = 600;
/// The extra cost of a comparison with a pattern that has wildcards, beside that of its stars.
const COST_OF_WILDCARDS: usize = 100;
/// The cost of each star, at which the pattern is split.
const COST_OF_STAR: usize = 60;
/// The cost of a byte of the pattern.
const COST_OF_PATTERN_BYTE: usize = 2;
/// The cost of a byte of the text, if wildcards may stand for any character.
const COST_OF_ANY_BYTE: usize = 4;
/// The cost of a byte of the text, if wildcards may stand for some characters only.
const COST_OF_CHECKED_BYTE: usize = 8;
/// The cost of a byte in a part of a pattern, each time the part is compared with a place in the text.
const COST_OF_COMPARED_BYTE: usize = 16;

/// Texts that are compared with the same pattern.
#[derive(Clone, Copy)]
struct Texts {
    count: usize,
    /// The length of all texts together, in bytes.
    total_length: usize,
}

impl Texts {
    fn one(text: &str) -> Self {
        Texts {
            count: 1,
            total_length: text.len(),
        }
    }
}

/// Returns the cost of comparing `text` with each of `patterns`, whose wildcards stand for any
/// character.
pub fn of_patterns(patterns: &[String], text: &str) -> usize {
    let costs = patterns
        .iter()
        .map(|pattern| of_texts(pattern, Texts::one(text), COST_OF_ANY_BYTE));
    costs.fold(0, usize::saturating_add)
}

/// Returns the cost of comparing `name`, an image or an account, with `pattern`.
pub fn of_name(pattern: &str, name: &str) -> usize {
    COST_OF_NAME.saturating_add(of_texts(pattern, Texts::one(name), COST_OF_CHECKED_BYTE))
}

/// Returns the cost of comparing `found`, a word of a container, with `allowed`.
pub fn of_word(allowed: &Word, found: &str) -> usize {
    match allowed {
        Word::Literal(_) => FIXED_COST + found.len(),
        Word::Pattern(pattern) => {
            of_texts(pattern.as_str(), Texts::one(found), COST_OF_CHECKED_BYTE)
        }
    }
}

/// Returns the cost of comparing `requester` with each of `entries`, which are those of `requestedBy`
/// or `connectBy`.
pub fn of_requester(entries: &[String], requester: &Requester) -> usize {
    let username = Texts::one(&requester.username);
    let compared_groups = requester.groups.iter().take(MOST_GROUPS);
    let groups = Texts {
        count: compared_groups.len(),
        total_length: compared_groups.map(String::len).sum(),
    };

    let costs = entries
        .iter()
        .map(|entry| match RequesterEntry::parse(entry) {
            Some(RequesterEntry::Group(name)) => of_texts(name, groups, COST_OF_ANY_BYTE),
            // All other entries are compared with the name of the user.
            _ => of_texts(entry, username, COST_OF_ANY_BYTE),
        });
    costs.fold(0, usize::saturating_add)
}

/// Returns the cost of comparing `texts` with `pattern`, if a byte of the texts costs `cost_of_byte`.
fn of_texts(pattern: &str, texts: Texts, cost_of_byte: usize) -> usize {
    let cost_of_text = FIXED_COST + COST_OF_PATTERN_BYTE * pattern.len();
    if !pattern::has_wildcard(pattern) {
        return texts.count.saturating_mul(cost_of_text);
    }
    let stars = pattern.matches('*').count();
    let cost_of_text = cost_of_text + COST_OF_WILDCARDS + stars * COST_OF_STAR;

    // `matching::pattern` splits a pattern at its stars. The first part is compared at one place of the
    // text only. A later part with a question mark may be compared at each place, at the cost of its
    // length. No two parts are compared at the same place, so the cost of the longest one suffices.
    let longest_compared = pattern
        .split('*')
        .skip(1)
        .filter(|part| part.contains('?'))
        .map(str::len)
        .max()
        .unwrap_or(0);
    let cost_of_byte = cost_of_byte + COST_OF_COMPARED_BYTE * longest_compared;
    let cost_of_texts = texts.count.saturating_mul(cost_of_text);
    cost_of_texts.saturating_add(texts.total_length.saturating_mul(cost_of_byte))
}
