//! How the requirements make a finding.

use crate::finding::Finding;

/// The finding of `requirement` at `places`; none where there is none of them.
pub fn at<P: Into<String>>(
    requirement: &'static str,
    places: impl IntoIterator<Item = P>,
    problem: impl Into<String>,
) -> Option<Finding> {
    let places: Vec<_> = places.into_iter().map(P::into).collect();
    let found = !places.is_empty();
    found.then(|| Finding { requirement, places, problem: problem.into() })
}
