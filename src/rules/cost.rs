//! What comparisons cost. The unit is that of [`Budget`](crate::budget::Budget): a byte that is
//! compared.

use crate::matching::requester::MOST_GROUPS;
use crate::matching::words::Word;
use crate::request::Requester;

/// What a comparison costs beside its bytes: calls, and copies in lower case.
const FIXED_COST: usize = 100;

/// Returns what it costs at most to compare `text` with `pattern`.
pub fn of_pattern(pattern: &str, text: &str) -> usize {
    // The beginning and the end of a pattern have one place in the text. A part between two stars
    // is searched, and a part with a question mark is compared at each place.
    let parts = pattern.split('*').skip(1);
    let longest_searched = parts.filter(|part| part.contains('?')).map(str::len).max();
    let comparisons = 1 + longest_searched.unwrap_or(0);

    FIXED_COST + pattern.len() + text.len().saturating_mul(comparisons)
}

/// Returns what it costs at most to compare `text` with each of `patterns`.
pub fn of_patterns(patterns: &[String], text: &str) -> usize {
    let costs = patterns.iter().map(|pattern| of_pattern(pattern, text));
    costs.fold(0, usize::saturating_add)
}

/// Returns what it costs at most to compare the word `found` of a container with `allowed`.
pub fn of_word(allowed: &Word, found: &str) -> usize {
    match allowed {
        Word::Literal(_) => FIXED_COST / 10 + found.len(),
        Word::Pattern(pattern) => of_pattern(pattern.as_str(), found),
    }
}

/// Returns what it costs at most to compare `requester` with each of `patterns`.
pub fn of_requester(patterns: &[String], requester: &Requester) -> usize {
    let groups = requester.groups.iter().take(MOST_GROUPS);
    let names = groups.chain([&requester.username]);
    let costs = names.map(|name| of_patterns(patterns, name));
    costs.fold(0, usize::saturating_add)
}
