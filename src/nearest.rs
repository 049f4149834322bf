//! The known name that a misspelt one is nearest to.

use alloc::vec::Vec;

/// The one of `known` that `name` most likely means; none where nothing is
/// close. Case does not count.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    // What is far longer than any known name is near to none.
    if name.len() > 64 {
        return None;
    }
    let (distance, nearest) = known
        .iter()
        .map(|known| (distance(name, known), *known))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= nearest.len().div_ceil(3)).then_some(nearest)
}

/// How many bytes have to be inserted, removed or replaced to make `b` of `a`
/// (Levenshtein), without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(!x.eq_ignore_ascii_case(&y));
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "", 0)]
    #[case("image", "images", 1)]
    #[case("Images", "images", 0)]
    #[case("serviceAccounts", "serviceAccountNames", 4)]
    #[case("kitten", "sitting", 3)]
    fn distances(#[case] a: &str, #[case] b: &str, #[case] expected: usize) {
        assert_eq!(distance(a, b), expected);
    }

    #[rstest]
    #[case::singular("namespace", Some("namespaces"))]
    #[case::case("Images", Some("images"))]
    #[case::other("exempt", None)]
    fn nearest_names(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(name, &["name", "namespaces", "images"]), expected);
    }
}
