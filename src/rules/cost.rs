//! What comparisons cost. The unit is that of [`Budget`](crate::budget::Budget), about 20
//! instructions of the module; `tests/hostile` measures that it suffices.

use crate::matching::pattern;
use crate::matching::requester::{MOST_GROUPS, RequesterPattern};
use crate::matching::words::Word;
use crate::request::Requester;

/// What a comparison costs beside its bytes.
const FIXED_COST: usize = 20;
/// What the comparison of an image or an account costs more, because it takes texts apart or
/// copies them.
const COST_OF_NAME: usize = 800;
/// What a byte of a text costs if wildcards may stand for any character.
const COST_OF_ANY_BYTE: usize = 2;
/// What a byte of a text costs if wildcards may stand for some characters only.
const COST_OF_CHECKED_BYTE: usize = 8;
/// What it costs to compare a part of a pattern at one place of a text, for each byte of the part.
const COST_OF_PLACE: usize = 10;

/// Returns what it costs at most to compare `text` with each of `patterns`, whose wildcards stand
/// for any character.
pub fn of_patterns(patterns: &[String], text: &str) -> usize {
    let costs = patterns
        .iter()
        .map(|pattern| of_texts(pattern, 1, text.len(), COST_OF_ANY_BYTE));
    costs.fold(0, usize::saturating_add)
}

/// Returns what it costs at most to compare the image or account `text` with `pattern`.
pub fn of_name(pattern: &str, text: &str) -> usize {
    COST_OF_NAME.saturating_add(of_texts(pattern, 1, text.len(), COST_OF_CHECKED_BYTE))
}

/// Returns what it costs at most to compare the word `found` of a container with `allowed`.
pub fn of_word(allowed: &Word, found: &str) -> usize {
    match allowed {
        Word::Literal(_) => FIXED_COST + found.len(),
        Word::Pattern(pattern) => of_texts(pattern.as_str(), 1, found.len(), COST_OF_CHECKED_BYTE),
    }
}

/// Returns what it costs at most to compare `requester` with each of the entries `patterns`.
pub fn of_requester(patterns: &[String], requester: &Requester) -> usize {
    let groups = requester.groups.iter().take(MOST_GROUPS);
    let length_of_groups: usize = groups.map(String::len).sum();
    let number_of_groups = requester.groups.len().min(MOST_GROUPS);

    let costs = patterns
        .iter()
        .map(|entry| match RequesterPattern::parse(entry) {
            Some(RequesterPattern::Group(name)) => {
                of_texts(name, number_of_groups, length_of_groups, COST_OF_ANY_BYTE)
            }
            _ => of_texts(entry, 1, requester.username.len(), COST_OF_ANY_BYTE),
        });
    costs.fold(0, usize::saturating_add)
}

/// Returns what it costs at most to compare so many texts of this total length with `pattern`, if a
/// byte of the texts costs so much.
fn of_texts(pattern: &str, number: usize, length: usize, cost_of_byte: usize) -> usize {
    let of_calls = number.saturating_mul(FIXED_COST + 2 * pattern.len());
    if !pattern::has_wildcard(pattern) {
        return of_calls;
    }

    // The beginning and the end of a pattern have one place in the text. A part between two stars
    // is searched, and a part with a question mark is compared at each place.
    let parts = pattern.split('*').skip(1);
    let longest_searched = parts.filter(|part| part.contains('?')).map(str::len).max();
    let of_byte = cost_of_byte + COST_OF_PLACE * longest_searched.unwrap_or(0);
    of_calls.saturating_add(length.saturating_mul(of_byte))
}
