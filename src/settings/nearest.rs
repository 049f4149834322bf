//! The known name that a misspelt one is nearest to.

/// The longest name that is compared, in bytes: no known one is nearly as long.
const LONGEST: usize = 64;

/// The one of `known` that `name` most likely means; none where nothing is close. Case does
/// not count.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > LONGEST {
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
    use rstest::rstest;

    use super::*;

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
    #[case::long(&"images".repeat(11), None)]
    fn nearest_names(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(name, &["name", "namespaces", "images"]), expected);
    }
}
