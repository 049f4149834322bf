//! Writes numbers of things.

/// Returns `1 rule`, `2 rules`.
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
