//! How the words of a container differ from those of a rule.

use crate::budget::{Budget, BudgetSpent};
use crate::matching::words::Word;
use crate::rules::cost;

/// A difference between the words of a container and those of a rule.
#[derive(Clone, Copy)]
pub struct WordDifference {
    /// How many words differ. A word that only one side has counts, too. Never zero.
    pub count: usize,
    /// The index of the first of these words.
    pub first: usize,
}

impl WordDifference {
    /// Compares words one by one. Returns `None` if all of them match.
    pub fn find(
        allowed: &[Word],
        found: &[&str],
        budget: &mut Budget,
    ) -> Result<Option<Self>, BudgetSpent> {
        let mut count = allowed.len().abs_diff(found.len());
        let mut first = None;
        for (index, (allowed, found)) in allowed.iter().zip(found).enumerate() {
            budget.spend(cost::of_word(allowed, found))?;
            if !allowed.matches(found) {
                count += 1;
                first.get_or_insert(index);
            }
        }

        if count == 0 {
            return Ok(None);
        }
        // If all pairs of words match, the first difference is the word that only the longer side has.
        let first = first.unwrap_or(allowed.len().min(found.len()));
        Ok(Some(WordDifference { count, first }))
    }
}
